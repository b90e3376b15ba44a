import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs";
import { ColdstowError, displayPath, fromSystemError } from "@coldstow/contracts";
import { below, fsPath, linkTarget, namesIn } from "../files/fs-path.ts";
import { memberPathProblem } from "../tar/index.ts";
import { exactTimes, type SetModified } from "./exact-times.ts";

/** What to do where something is in the place of a restored entry. */
export type OnExisting = "keep" | "overwrite";

export interface Stamp {
  readonly mode: number;
  readonly mtimeNs: bigint;
}

/** A file that is being written beside its final place. */
export interface FileInPlace {
  readonly file: number;
  /** Absolute. */
  readonly temporary: string;
  readonly path: string;
}

const leftover = /^\.coldstow-[0-9a-f]{16}\.partial$/;
const writeFlags =
  constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Writes a tree below one directory and never anywhere else: paths are checked, directories on the way
 * must be real directories and not symlinks, files are written under a temporary name and renamed, and
 * nothing that is there is replaced unless told. Everything is synchronous.
 */
export class SafeTree {
  readonly root: string;
  readonly #onExisting: OnExisting;
  readonly #setModified: SetModified;
  /** Directories known to be real; bounded, because it is only a shortcut. */
  readonly #real = new Set<string>();

  private constructor(root: string, onExisting: OnExisting, setModified: SetModified) {
    this.root = root;
    this.#onExisting = onExisting;
    this.#setModified = setModified;
  }

  static async at(root: string, onExisting: OnExisting): Promise<SafeTree> {
    return new SafeTree(root, onExisting, await exactTimes());
  }

  /**
   * Whether an entry may be put there: true where nothing is, or where it may be replaced.
   * @throws {E_FORMAT} for a path that leads out of the tree
   */
  isFree(path: string): boolean {
    const there = this.#look(path);
    return there === undefined || (this.#onExisting === "overwrite" && !there.isDirectory());
  }

  /** Makes a directory and those above it; an existing one is kept as it is. */
  makeDirectory(path: string): void {
    checkPath(path);
    this.#ensure(path);
  }

  /** Opens a new file near its final place, for {@link placeFile} or {@link dropFile}. */
  beginFile(path: string): FileInPlace {
    checkPath(path);
    this.#ensure(parentOf(path));
    const temporary = this.#temporaryFor(path);
    const file = attempt(path, () => openSync(fsPath(temporary), writeFlags, 0o600));
    return { file, temporary, path };
  }

  /** As {@link beginFile}, where the final place is free. @throws {E_EXISTS} where it is not */
  beginFree(path: string): FileInPlace {
    if (this.isFree(path)) return this.beginFile(path);
    throw new ColdstowError("E_EXISTS", "Something else is there already; it was kept.", {
      subject: displayPath(path),
    });
  }

  /** Gives the finished file its metadata and its name. @throws {E_EXISTS} if the place is taken */
  placeFile(writing: FileInPlace, stamp: Stamp): void {
    const { path, temporary } = writing;
    attempt(path, () => {
      closeSync(writing.file);
      try {
        this.#stamp(temporary, stamp);
        this.#clear(path);
        renameSync(fsPath(temporary), fsPath(below(this.root, path)));
      } catch (error) {
        unlinkSync(fsPath(temporary));
        throw error;
      }
    });
  }

  /** Gives up a file that was begun. */
  dropFile(writing: FileInPlace): void {
    closeSync(writing.file);
    unlinkSync(fsPath(writing.temporary));
  }

  /** A file with the bytes of another one of this tree, shared with it where the file system can. */
  copyFile(fromPath: string, path: string, stamp: Stamp): void {
    checkPath(fromPath);
    const writing = this.beginFile(path);
    attempt(path, () => {
      try {
        const from = fsPath(below(this.root, fromPath));
        copyFileSync(from, fsPath(writing.temporary), constants.COPYFILE_FICLONE);
      } catch (error) {
        this.dropFile(writing);
        throw error;
      }
    });
    this.placeFile(writing, stamp);
  }

  /**
   * Removes what a restore that was cut left half-made in a directory. O(names in it).
   * @param isKept true for a name that is gone on with
   */
  dropLeftovers(path: string, isKept: (name: string) => boolean = () => false): void {
    attempt(path, () => {
      for (const name of namesIn(below(this.root, path))) {
        if (leftover.test(name) && !isKept(name))
          unlinkSync(fsPath(below(this.root, joined(path, name))));
      }
    });
  }

  /** True where both paths are names of one file. */
  isSameFile(path: string, otherPath: string): boolean {
    const there = this.#look(path);
    const other = this.#look(otherPath);
    return (
      there !== undefined &&
      other !== undefined &&
      there.ino === other.ino &&
      there.dev === other.dev
    );
  }

  /** True where this very symlink is there already. */
  hasSymlink(path: string, target: string): boolean {
    const there = this.#look(path);
    return there?.isSymbolicLink() === true && linkTarget(below(this.root, path)) === target;
  }

  symlink(path: string, target: string, mtimeNs: bigint): void {
    checkPath(path);
    this.#ensure(parentOf(path));
    attempt(path, () => {
      this.#clear(path);
      // Its time is set before it gets its name: what has its name is whole.
      const temporary = fsPath(this.#temporaryFor(path));
      symlinkSync(fsPath(target), temporary);
      this.#setModified(temporary, mtimeNs);
      renameSync(temporary, fsPath(below(this.root, path)));
    });
  }

  /** A further name of an entry that was restored before. */
  hardLink(path: string, existingPath: string): void {
    checkPath(path);
    checkPath(existingPath);
    this.#ensure(parentOf(path));
    this.#ensure(parentOf(existingPath));
    attempt(path, () => {
      this.#clear(path);
      // Linked beside and renamed, because a link never takes the place of a file that may be replaced.
      const temporary = fsPath(this.#temporaryFor(path));
      linkSync(fsPath(below(this.root, existingPath)), temporary);
      renameSync(temporary, fsPath(below(this.root, path)));
    });
  }

  /** Sets a directory's metadata: call it after everything in it was written. */
  stampDirectory(path: string, stamp: Stamp): void {
    this.#ensure(path);
    attempt(path, () => this.#stamp(below(this.root, path), stamp));
  }

  #temporaryFor(path: string): string {
    const name = `.coldstow-${randomBytes(8).toString("hex")}.partial`;
    return below(this.root, joined(parentOf(path), name));
  }

  #stamp(path: string, stamp: Stamp): void {
    const at = fsPath(path);
    chmodSync(at, stamp.mode);
    this.#setModified(at, stamp.mtimeNs);
  }

  #ensure(path: string): void {
    if (path === "" || this.#real.has(path)) {
      if (path === "") attempt(path, () => mkdirSync(this.root, { recursive: true }));
      return;
    }
    this.#ensure(parentOf(path));
    const at = fsPath(below(this.root, path));
    attempt(path, () => {
      const there = lstatOrNothing(at);
      if (there === undefined) mkdirSync(at, 0o700);
      else if (!there.isDirectory()) this.#replaceByDirectory(path, there);
    });
    if (this.#real.size > 50_000) this.#real.clear();
    this.#real.add(path);
  }

  #replaceByDirectory(path: string, there: BigIntStats): void {
    if (this.#onExisting === "keep") {
      const what = there.isSymbolicLink() ? "a symlink" : "no directory";
      throw new ColdstowError(
        "E_EXISTS",
        `${displayPath(path)} is ${what}: nothing is written through it.`,
        { subject: displayPath(path) },
      );
    }
    const at = fsPath(below(this.root, path));
    unlinkSync(at);
    mkdirSync(at, 0o700);
  }

  #look(path: string): BigIntStats | undefined {
    checkPath(path);
    return attempt(path, () => lstatOrNothing(fsPath(below(this.root, path))));
  }

  /** Makes the place free where it may be. A directory is only removed when it is empty. */
  #clear(path: string): void {
    const there = this.#look(path);
    if (there === undefined) return;
    if (this.#onExisting === "keep") {
      throw new ColdstowError("E_EXISTS", `${displayPath(path)} is there already; it was kept.`, {
        subject: displayPath(path),
      });
    }
    const at = fsPath(below(this.root, path));
    if (there.isDirectory()) rmdirSync(at);
    else if (!there.isFile()) unlinkSync(at);
  }
}

function checkPath(path: string): void {
  const problem = path === "" ? undefined : memberPathProblem(path);
  if (problem === undefined) return;
  throw new ColdstowError(
    "E_FORMAT",
    `The path ${displayPath(path)} ${problem}. Nothing was written there.`,
    { subject: displayPath(path) },
  );
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function joined(parent: string, name: string): string {
  return parent === "" ? name : `${parent}/${name}`;
}

function lstatOrNothing(at: string | Buffer): BigIntStats | undefined {
  return lstatSync(at, { bigint: true, throwIfNoEntry: false });
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fromSystemError(error, "Restoring", displayPath(path));
  }
}
