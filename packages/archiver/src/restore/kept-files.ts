import { createHash } from "node:crypto";
import { closeSync, constants, fsyncSync, lstatSync, openSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromSystemError } from "@coldstow/contracts";
import { below, fsPath } from "../files/fs-path.ts";
import type { FileInPlace, SafeTree } from "./safe-tree.ts";

/** A file that is being put together, and whether an earlier process began it. */
export interface BegunFile {
  readonly writing: FileInPlace;
  readonly isResumed: boolean;
}

/**
 * The half-made large files of one restore that waits for packs. Their temporary names tell that
 * restore and the file in it, so that a later process goes on with them.
 */
export class KeptFiles {
  readonly #prefix: string;

  /** @param restore tells this restore from all others */
  constructor(restore: string) {
    const tag = createHash("sha256").update(restore).digest("hex").slice(0, 8);
    this.#prefix = `.coldstow-${tag}`;
  }

  /** True for the temporary names of this restore. */
  isKept = (name: string): boolean => name.startsWith(this.#prefix);

  /**
   * Opens a file near its final place, the one of an earlier process where it is there.
   * @param number of the file in this restore
   * @throws {E_EXISTS} if the final place is not free
   */
  begin(tree: SafeTree, path: string, number: number): BegunFile {
    const digits = (number % 2 ** 32).toString(16).padStart(8, "0");
    const temporary = join(dirname(below(tree.root, path)), `${this.#prefix}${digits}.partial`);
    try {
      return this.#resume(tree, path, temporary) ?? this.#anew(tree, path, temporary);
    } catch (error) {
      throw fromSystemError(error, "Restoring", path);
    }
  }

  #resume(tree: SafeTree, path: string, temporary: string): BegunFile | undefined {
    if (!tree.isFree(path)) return undefined;
    const there = lstatSync(fsPath(temporary), { throwIfNoEntry: false });
    if (there === undefined || !there.isFile() || there.nlink !== 1) return undefined;
    // The directories on the way must still be directories, and no symlinks.
    tree.makeDirectory(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
    const file = openSync(fsPath(temporary), constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    return { writing: { file, temporary, path }, isResumed: true };
  }

  #anew(tree: SafeTree, path: string, temporary: string): BegunFile {
    const writing = tree.beginFree(path);
    try {
      renameSync(fsPath(writing.temporary), fsPath(temporary));
    } catch (error) {
      tree.dropFile(writing);
      throw error;
    }
    return { writing: { ...writing, temporary }, isResumed: false };
  }
}

/** Makes what was written into a kept file survive a power cut. */
export function keepWritten({ file, path }: FileInPlace): void {
  try {
    fsyncSync(file);
  } catch (error) {
    throw fromSystemError(error, "Keeping a part of a file", path);
  }
}

/** Leaves a kept file for a later process. */
export function leaveFile({ file }: FileInPlace): void {
  closeSync(file);
}
