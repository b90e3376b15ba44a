import type { Catalogue } from "@coldstow/catalogue";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";

/**
 * Where the states of frozen packs are noted: a connection of its own that may write, opened when
 * there is something to note, beside the one that reads.
 */
export class JobNotes {
  readonly path: string;
  readonly #open: () => Promise<Catalogue>;
  #opening: Promise<Catalogue> | undefined;

  constructor(path: string, open: () => Promise<Catalogue>) {
    this.path = path;
    this.#open = open;
  }

  /**
   * The catalogue, open for writing.
   * @throws {E_READ_ONLY | E_PERMISSION | E_IO …} where the archive lies where nothing can be noted
   */
  async catalogue(): Promise<Catalogue> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      const { code, message } = fromSystemError(error, "Opening the catalogue", this.path);
      throw new ColdstowError(
        code,
        `Packs are frozen, and what is asked for must be noted in ${this.path} first: ${message} Nothing was asked for.`,
        {
          subject: this.path,
          hint: "Copy the archive to a place that can be written, and restore from that copy.",
          cause: error,
        },
      );
    });
    return this.#opening;
  }

  /** Closes the connection, where there is one. */
  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    await opened?.close();
  }
}
