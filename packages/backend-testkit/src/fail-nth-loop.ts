import type { StorageBackend } from "@coldstow/contracts";

import { faultyBackend, type FaultOptions, type FaultyBackend } from "./faulty-backend.ts";

export interface FaultRound {
  /** Which call fails in this round, from 1. */
  readonly n: number;
  /** Wraps the backend that the scenario works on; a round may wrap several, counted apart. */
  readonly wrap: (inner: StorageBackend) => FaultyBackend;
}

export type LoopOptions = Omit<FaultOptions, "failNth"> & {
  /** More calls than this are a scenario that does not end; 10 000 if not given. */
  readonly maxRounds?: number;
};

/**
 * Runs a scenario again and again, with the 1st, the 2nd, the 3rd … call failing, until it passes
 * without a fault. The scenario starts from nothing each time, and asserts what must hold after a fault.
 * @returns the number of calls that were made to fail
 * @throws what the scenario throws, under a message that names the round
 */
export async function failNthLoop(
  run: (round: FaultRound) => Promise<void>,
  options: LoopOptions = {},
): Promise<number> {
  const { maxRounds = 10_000, ...fault } = options;
  for (let n = 1; n <= maxRounds; n += 1) {
    const wrapped: FaultyBackend[] = [];
    const wrap = (inner: StorageBackend): FaultyBackend => {
      const faulty = faultyBackend(inner, { ...fault, failNth: n });
      wrapped.push(faulty);
      return faulty;
    };
    try {
      await run({ n, wrap });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`with call ${n} failing: ${reason}`, { cause: error });
    }
    if (wrapped.length === 0) throw new Error("the scenario wrapped no backend");
    if (!wrapped.some((faulty) => faulty.fired())) return n - 1;
  }
  throw new Error(`the scenario still makes calls after ${maxRounds} rounds`);
}
