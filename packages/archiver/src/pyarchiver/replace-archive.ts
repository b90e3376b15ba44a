import { constants, type Stats } from "node:fs";
import { copyFile, link, lstat, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf, fromSystemError } from "@coldstow/contracts";

const noLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV"]);
const cannotSync = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EPERM", "EISDIR"]);

/**
 * Gives `file` a second name, `FILE.pyarchiver-bak`, or `FILE.pyarchiver-bak-2` and so on where another
 * file has that one already. A name from an update that was cut is found again. Durable when it returns;
 * `file` itself stays all the time.
 * @returns the second name
 */
export async function keepBackup(file: string): Promise<string> {
  const own = await lstat(file).catch(wrap("Looking at the archive", file));
  for (let n = 1; ; n += 1) {
    const backup = `${file}.pyarchiver-bak${n === 1 ? "" : `-${n}`}`;
    const there = await lookAt(backup);
    if (there !== undefined && isSame(there, own)) return backup;
    if (there === undefined && (await giveName(file, backup))) {
      await syncPath(dirname(backup));
      return backup;
    }
  }
}

/** Puts a finished file in the place of another, in one step that a power cut does not undo. */
export async function putInPlace(finished: string, file: string): Promise<void> {
  await syncPath(finished);
  await rename(finished, file).catch(wrap("Replacing the archive", file));
  await syncPath(dirname(file));
}

/** Flushes a file or folder to the disk, where the system knows how to. */
async function syncPath(path: string): Promise<void> {
  try {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!cannotSync.has(errnoOf(error) ?? "")) throw fromSystemError(error, "Flushing", path);
  }
}

/** False where the name was taken meanwhile. */
async function giveName(file: string, backup: string): Promise<boolean> {
  try {
    await link(file, backup);
    return true;
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "EEXIST") return false;
    if (!noLinks.has(errno)) throw fromSystemError(error, "Keeping the old archive", backup);
  }
  const copy = `${backup}.partial`;
  try {
    await rm(copy, { force: true });
    await copyFile(file, copy, constants.COPYFILE_EXCL);
    await syncPath(copy);
    await rename(copy, backup);
    return true;
  } catch (error) {
    throw fromSystemError(error, "Keeping the old archive", backup);
  }
}

async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw fromSystemError(error, "Keeping the old archive", path);
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

function wrap(doing: string, path: string): (error: unknown) => never {
  return (error) => {
    throw fromSystemError(error, doing, path);
  };
}
