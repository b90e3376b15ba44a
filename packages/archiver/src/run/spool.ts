import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fromSystemError } from "@coldstow/contracts";

/** A folder beside the archive for packs on their way to destinations that are not this machine's files. */
export class Spool {
  readonly #directory: string;
  #made = false;
  #number = 0;

  constructor(archivePath: string) {
    this.#directory = `${archivePath}.spool`;
  }

  get directory(): string {
    return this.#directory;
  }

  /** A path for a new file. */
  async newPath(name: string): Promise<string> {
    try {
      if (!this.#made) await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      this.#made = true;
    } catch (error) {
      throw fromSystemError(error, "Making the spool folder", this.#directory);
    }
    this.#number += 1;
    return join(this.#directory, `${this.#number}-${name}`);
  }

  /** Removes one file; none there is no error. */
  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Removes the folder and what a cut run left in it. */
  async clear(): Promise<void> {
    this.#made = false;
    await rm(this.#directory, { recursive: true, force: true });
  }
}
