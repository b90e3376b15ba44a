import type { JobPack, JobPackGroup } from "@coldstow/catalogue";
import type { ThawState } from "@coldstow/contracts";
import { keysPerCall } from "./ask-states.ts";
import { type Clock, msOfNs } from "./clock.ts";
import type { ColdDestination } from "./cold-destination.ts";
import { stopIfCancelled, type ThawContext } from "./thaw-context.ts";
import { sumOf } from "./thaw-plan.ts";
import { defaultBytesPerSecond, roomFor, waveBytes } from "./wave-size.ts";

/** Decides how much is asked for at once, and when a destination is asked for states again. */
export class Waves {
  readonly #clock: Clock;
  readonly #rateOf: (destination: string) => number;
  readonly #lastAskMs = new Map<number, number>();
  readonly #tellsTimes = new Map<number, boolean>();

  /** @param rateOf bytes a second of a destination, infinite where they are not known */
  constructor(clock: Clock, rateOf: (destination: string) => number) {
    this.#clock = clock;
    this.#rateOf = rateOf;
  }

  /** Bytes a second that a destination is taken to give. */
  speed({ destination }: ColdDestination): number {
    const rate = this.#rateOf(destination.name);
    return Number.isFinite(rate) ? rate : defaultBytesPerSecond;
  }

  /** Takes note that a destination was asked just now. */
  heard(destination: number, answers: Iterable<ThawState>): void {
    this.#lastAskMs.set(destination, this.#clock.now());
    for (const { state, readyAt } of answers) {
      if (state === "thawing") this.#tellsTimes.set(destination, readyAt !== undefined);
    }
  }

  /** Whether a destination says when packs will be ready, so that it need not be asked before. */
  tellsTimes(destination: number | null): boolean {
    return destination !== null && this.#tellsTimes.get(destination) === true;
  }

  /** When to ask next: at the first time that was told, else after the pause that the place wants. */
  nextLookMs(groups: readonly JobPackGroup[], cold: ReadonlyMap<number, ColdDestination>): number {
    const nowMs = this.#clock.now();
    let next = Infinity;
    for (const { destination, state, firstReadyNs } of groups) {
      if (destination === null || (state !== "requested" && state !== "thawing")) continue;
      const pauseMs = (cold.get(destination)?.cold.terms.pollSeconds ?? 60) * 1000;
      const pollMs = (this.#lastAskMs.get(destination) ?? nowMs) + pauseMs;
      const firstMs = firstReadyNs === null ? 0 : msOfNs(firstReadyNs);
      const isTold = this.tellsTimes(destination) && state === "thawing" && firstMs > nowMs;
      next = Math.min(next, isTold ? firstMs : pollMs);
    }
    return next;
  }

  /**
   * Asks for as many planned packs of a destination as there is room for, in their order; at least
   * one where nothing is on its way.
   * @param groups the job's packs at this destination
   */
  async fill(
    context: ThawContext,
    from: ColdDestination,
    groups: readonly JobPackGroup[],
    days: number | undefined,
    ask: (packs: readonly JobPack[]) => Promise<void>,
  ): Promise<void> {
    if (!groups.some(({ state }) => state === "planned")) return;
    const onTheirWay = groups.filter(({ state }) =>
      ["requested", "thawing", "ready"].includes(state),
    );
    const outstanding = sumOf(onTheirWay).bytes;
    let room = roomFor(waveBytes(from.cold.terms, days, this.speed(from)), outstanding);
    if (room === 0) return;
    let isFirst = outstanding === 0;
    for (let after: number | undefined = 0; after !== undefined && room > 0;) {
      stopIfCancelled(context.signal);
      const page: Awaited<ReturnType<ThawContext["notes"]["restoreJobPacks"]>> =
        await context.notes.restoreJobPacks(context.job, {
          states: ["planned"],
          after,
          limit: keysPerCall,
        });
      const wave: JobPack[] = [];
      for (const pack of page.rows) {
        if (pack.destination !== from.destination.id) continue;
        if (pack.sizeBytes > room && !isFirst) {
          room = 0;
          break;
        }
        isFirst = false;
        room -= pack.sizeBytes;
        wave.push(pack);
      }
      if (wave.length > 0) await ask(wave);
      after = page.next;
    }
  }
}
