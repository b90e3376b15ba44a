import { sleep } from "@coldstow/contracts";

/** The time, and how to wait; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970 in UTC. */
  readonly now: () => number;
  /** @throws {E_CANCELLED} as soon as the signal fires */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export const systemClock: Clock = { now: () => Date.now(), sleep };

/** A timer stands still while a machine sleeps, so the clock is looked at that often. */
const longestSleepMs = 60_000;

/** Waits until the clock shows a time. @throws {E_CANCELLED} as soon as the signal fires */
export async function sleepUntil(
  clock: Clock,
  untilMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let leftMs = untilMs - clock.now(); leftMs > 0; leftMs = untilMs - clock.now()) {
    await clock.sleep(Math.min(leftMs, longestSleepMs), signal);
  }
}

const nsPerMs = 1_000_000n;

/** Milliseconds as the catalogue counts. */
export function nsOfMs(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * nsPerMs;
}

/** The reverse of {@link nsOfMs}. */
export function msOfNs(nanoseconds: bigint): number {
  return Number(nanoseconds / nsPerMs);
}

/** ISO 8601 UTC of milliseconds since 1970. */
export function isoOfMs(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
