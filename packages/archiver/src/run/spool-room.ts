import { ColdstowError, orCancelled, throwIfCancelled } from "@coldstow/contracts";

/** Room in the spool that is kept for one file. */
export interface Reservation {
  /** Its file is written: it takes these bytes, and no more will come. */
  written(bytes: number): void;
  /** Gives the room back, once the file is gone. May be called twice. */
  release(): void;
}

export interface SpoolRoomOptions {
  readonly directory: string;
  /** What all files may take together; one alone may be larger. */
  readonly limitBytes: number;
  /** What is free on the disk; undefined where nobody can tell. */
  readonly freeBytes: () => Promise<number | undefined>;
}

/** What the disk must keep for others: the catalogue grows on the same one as a rule. */
const marginBytes = 16 * 1024 * 1024;

/** Bounds what lies in the spool, and asks the disk before anything is written there. */
export class SpoolRoom {
  /** The most that was reserved at once. */
  peakBytes = 0;
  readonly #options: SpoolRoomOptions;
  #used = 0;
  /** Of what is used: reserved for files that are not written to their end. */
  #unwritten = 0;
  #turn: Promise<void> = Promise.resolve();
  #change = Promise.withResolvers<void>();

  constructor(options: SpoolRoomOptions) {
    this.#options = options;
  }

  /**
   * Waits until there is room, in the order of asking.
   * @throws {E_NO_SPACE} if the disk is too full, and nothing in the spool will make room
   * @throws {E_CANCELLED}
   */
  async reserve(bytes: number, signal?: AbortSignal): Promise<Reservation> {
    const before = this.#turn;
    const turn = Promise.withResolvers<void>();
    this.#turn = turn.promise;
    try {
      await before;
      for (;;) {
        throwIfCancelled(signal);
        const change = this.#change.promise;
        if (await this.#hasRoom(bytes)) return this.#take(bytes);
        await orCancelled(change, signal);
      }
    } finally {
      turn.resolve();
    }
  }

  async #hasRoom(bytes: number): Promise<boolean> {
    const { directory, limitBytes, freeBytes } = this.#options;
    if (this.#used > 0 && this.#used + bytes > limitBytes) return false;
    const free = await freeBytes();
    const needed = this.#unwritten + bytes + marginBytes;
    if (free === undefined || free >= needed) return true;
    if (this.#used > 0) return false;
    throw new ColdstowError(
      "E_NO_SPACE",
      `The disk of ${directory} has ${mebibytes(free)} MiB free, and ${mebibytes(needed)} MiB are needed for a pack on its way. Every pack that was finished is kept; nothing half-written is left.`,
      {
        subject: directory,
        hint: "Make room there, name a folder on another disk in [Repository] spool, or choose a smaller [Tar] size_tar; then run coldstow resume.",
      },
    );
  }

  #take(bytes: number): Reservation {
    let used = bytes;
    let unwritten = bytes;
    this.#used += bytes;
    this.#unwritten += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.#used);
    const set = (newUsed: number): void => {
      this.#used += newUsed - used;
      this.#unwritten -= unwritten;
      used = newUsed;
      unwritten = 0;
      this.peakBytes = Math.max(this.peakBytes, this.#used);
      const change = this.#change;
      this.#change = Promise.withResolvers<void>();
      change.resolve();
    };
    let released = false;
    return {
      written: (count) => {
        if (!released) set(count);
      },
      release: () => {
        released = true;
        set(0);
      },
    };
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}
