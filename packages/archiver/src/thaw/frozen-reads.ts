import type { JobPack, JobPackChange } from "@coldstow/catalogue";
import { rows as rowsOf } from "../archive/rows.ts";
import { type Clock, nsOfMs } from "./clock.ts";
import { refreshPacks } from "./refresh-states.ts";
import { note, type ThawContext } from "./thaw-context.ts";

/** What reading needs of the job whose packs are read. */
export interface ReadsPort {
  readonly clock: Clock;
  /** Undefined while no pack had to be thawed. */
  readonly context: () => ThawContext | undefined;
  /** Opens the job where it is not open yet. */
  readonly begin: () => Promise<ThawContext>;
  /** Asks for the next wave where there is room for one. */
  readonly topUp: () => Promise<void>;
  /** Asks what became of the packs on their way, where it is time to. */
  readonly look: () => Promise<void>;
}

const readyPacks = 64;
/** States that were asked so short a time ago are not asked again before packs are read. */
const freshMs = 5 * 60_000;

/**
 * Hands out the packs that can be read, and notes what became of them. Memory holds those in work and
 * those that cannot be read in this process.
 */
export class FrozenReads {
  readonly #port: ReadsPort;
  readonly #taken = new Set<number>();
  #freshUntilMs = 0;

  constructor(port: ReadsPort) {
    this.#port = port;
  }

  /** Notes that all states were asked just now. */
  fresh(): void {
    this.#freshUntilMs = this.#port.clock.now() + freshMs;
  }

  /**
   * The packs that are ready, also those that become so meanwhile; their states are asked shortly
   * before, because reading a frozen object may count as asking for it. Between them the next wave is
   * asked for when it is time.
   */
  async *ready(): AsyncGenerator<JobPack, void, undefined> {
    const context = this.#port.context();
    if (context === undefined) return;
    const states = ["ready"] as const;
    for (let found = true; found;) {
      found = false;
      for (let after: number | undefined = 0; after !== undefined;) {
        const limit = readyPacks;
        const page = await context.notes.restoreJobPacks(context.job, { states, after, limit });
        after = page.next;
        const free = page.rows.filter(({ pack }) => !this.#taken.has(pack));
        if (this.#port.clock.now() >= this.#freshUntilMs) await refreshPacks(context, free);
        const packs = free.map(({ pack }) => pack);
        const still = await context.notes.restoreJobPacks(context.job, { states, packs, limit });
        for (const row of still.rows) {
          found = true;
          this.#taken.add(row.pack);
          yield row;
        }
        if (found) await this.#port.topUp();
      }
      await this.#port.look();
    }
  }

  /** Whether a pack is ready that nobody reads yet. O(ready packs that cannot be read). */
  async hasReady(): Promise<boolean> {
    for await (const { pack } of this.#inState("ready")) if (!this.#taken.has(pack)) return true;
    return false;
  }

  /** Notes that a pack was read; with parts of files that need other packs too, it is not done yet. */
  async read(pack: number, isPartial: boolean): Promise<void> {
    this.#taken.delete(pack);
    await this.#note([{ pack, state: isPartial ? "fetched" : "done" }]);
  }

  /** Notes that what a pack had given must be read again. */
  async readAgain(packs: readonly number[]): Promise<void> {
    await this.#note(packs.map((pack) => ({ pack, state: "planned", readyNs: null })));
  }

  /** The packs that were read for parts of files which other packs must complete. */
  async *fetched(): AsyncGenerator<number, void, undefined> {
    for await (const { pack } of this.#inState("fetched")) yield pack;
  }

  /** Notes that a pack cannot be read now, and is not tried again by this process. */
  leave(pack: number): void {
    this.#taken.add(pack);
  }

  /** Notes that no copy of a pack is good. */
  async giveUp(pack: number): Promise<void> {
    this.#taken.delete(pack);
    await this.#note([{ pack, state: "done", destination: null }]);
  }

  /** Notes that a pack could not be read because it is frozen, and which copies are no good. */
  async frozen(pack: number, bad: Iterable<number>): Promise<void> {
    const context = await this.#port.begin();
    for (const destination of bad) context.reject(pack, destination);
    this.#taken.delete(pack);
    const row = await rowOf(context, pack);
    const at = row?.destination ?? undefined;
    if (row === undefined || at === undefined || context.without(pack).has(at)) {
      await context.reconsider([pack]);
      return;
    }
    if (!context.cold.has(at)) {
      context.reject(pack, at);
      await context.reconsider([pack]);
      return;
    }
    await refreshPacks(context, [row]);
    const seen = await rowOf(context, pack);
    if (seen?.state !== "ready") return;
    // The place says one thing and does another: it is asked again later.
    await note(context, [{ pack, state: "thawing", readyNs: nsOfMs(this.#port.clock.now()) }]);
  }

  async *#inState(state: JobPack["state"]): AsyncGenerator<JobPack, void, undefined> {
    const context = this.#port.context();
    if (context === undefined) return;
    yield* rowsOf<JobPack, number>((after) =>
      context.notes.restoreJobPacks(context.job, { states: [state], ...after }),
    );
  }

  async #note(changes: readonly JobPackChange[]): Promise<void> {
    const context = this.#port.context();
    if (context !== undefined) await note(context, changes);
  }
}

async function rowOf({ notes, job }: ThawContext, pack: number): Promise<JobPack | undefined> {
  const { rows } = await notes.restoreJobPacks(job, { packs: [pack] });
  return rows[0];
}
