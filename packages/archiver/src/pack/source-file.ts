import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from "node:fs";
import type { FreshStat } from "@coldstow/catalogue/journal";
import { below, fsPath } from "../files/fs-path.ts";
import { storedNs } from "../files/stat-numbers.ts";

/** Why a file of the tree could not be taken in. */
export class SourceProblem extends Error {
  readonly outcome: "unreadable" | "vanished" | "changed-while-read";

  constructor(outcome: SourceProblem["outcome"], message: string) {
    super(message);
    this.outcome = outcome;
  }
}

// Without O_NONBLOCK, a named pipe that took the file's place since the scan would never open.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const scratch = Buffer.allocUnsafeSlow(1 << 20);

/** A regular file of the archived tree, open for reading. */
export class SourceFile {
  readonly file: number;
  readonly #before: BigIntStats;

  private constructor(file: number, stat: BigIntStats) {
    this.file = file;
    this.#before = stat;
  }

  /** @throws {SourceProblem} if it cannot be opened or is no regular file any more */
  static open(root: string, path: string): SourceFile {
    let file: number | undefined;
    try {
      file = openSync(fsPath(below(root, path)), openFlags);
      const stat = fstatSync(file, { bigint: true });
      if (stat.isFile()) return new SourceFile(file, stat);
    } catch (error) {
      if (file !== undefined) closeSync(file);
      throw sourceProblem(error);
    }
    closeSync(file);
    throw new SourceProblem("changed-while-read", "It is no longer a regular file.");
  }

  get sizeBytes(): number {
    return Number(this.#before.size);
  }

  get allocatedBytes(): number {
    return Number(this.#before.blocks) * 512;
  }

  /** Metadata as they were before reading; `unstable` if they are others now. */
  stat(): FreshStat {
    const before = this.#before;
    const after = fstatSync(this.file, { bigint: true });
    return {
      sizeBytes: Number(before.size),
      mode: Number(before.mode) & 0o7777,
      uid: Number(before.uid),
      gid: Number(before.gid),
      mtimeNs: storedNs(before.mtimeNs),
      ctimeNs: storedNs(before.ctimeNs),
      unstable:
        after.size !== before.size ||
        after.mtimeNs !== before.mtimeNs ||
        after.ctimeNs !== before.ctimeNs,
    };
  }

  /** Reads up to 1 MiB; the bytes are valid until the next call. */
  read(position: number, lengthBytes: number): Buffer {
    const got = readSync(this.file, scratch, 0, Math.min(scratch.length, lengthBytes), position);
    return scratch.subarray(0, got);
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Names what the operating system said when a file of the tree was opened or read. */
export function sourceProblem(error: unknown): SourceProblem {
  if (error instanceof SourceProblem) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const message = error instanceof Error ? error.message : String(error);
  if (code === "ENOENT" || code === "ENOTDIR") return new SourceProblem("vanished", message);
  if (code === "ELOOP") return new SourceProblem("changed-while-read", "It is a symlink now.");
  return new SourceProblem("unreadable", message);
}
