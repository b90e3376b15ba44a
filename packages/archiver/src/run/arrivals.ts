import type { ProvenCopy, Uploads } from "./uploads.ts";

/** The proven copies of a pack: those of before its commit go into it, later ones are noted as they come. */
export class Arrivals {
  readonly #uploads: Pick<Uploads, "record">;
  readonly #packId: number;
  readonly #committed = Promise.withResolvers<boolean>();
  readonly #early: ProvenCopy[] = [];
  #isOpen = true;

  constructor(uploads: Pick<Uploads, "record">, packId: number) {
    this.#uploads = uploads;
    this.#packId = packId;
  }

  /** Resolves once the copy is the commit's affair, or is noted; of a pack that is not committed it is not. */
  async take(copy: ProvenCopy): Promise<void> {
    if (this.#isOpen) this.#early.push(copy);
    else if (await this.#committed.promise) await this.#uploads.record(this.#packId, copy);
  }

  /** Commits with what has arrived. */
  async commit(commit: (copies: readonly ProvenCopy[]) => Promise<void>): Promise<void> {
    this.#isOpen = false;
    try {
      await commit(this.#early);
      this.#committed.resolve(true);
    } catch (error) {
      this.#committed.resolve(false);
      throw error;
    }
  }
}
