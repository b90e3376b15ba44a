import { link, lstat, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

import { ColdstowError, errnoOf, sleep } from "@coldstow/contracts";

import { openDirectory, syncDirectory } from "./durable-directory.ts";
import { isAbsence, localError } from "./errors.ts";
import { lockPath } from "./partial-file.ts";

export interface PlaceOptions {
  readonly ifAbsent: boolean;
  /** False makes every `ifAbsent` go the way of file systems without hard links. */
  readonly hardLinks: boolean;
}

/** What file systems without hard links answer: FAT and exFAT, many NAS shares, Windows, Android. */
const noHardLinks = new Set(
  "EPERM EACCES ENOTSUP EOPNOTSUPP ENOSYS EMLINK EINVAL EISDIR UNKNOWN".split(" "),
);
const lockPolls = 100;
const lockPollMs = 20;

function taken(path: string): ColdstowError {
  return new ColdstowError("E_EXISTS", `${path} is there already; it was left as it is`, {
    subject: path,
  });
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(one, { bigint: true }), lstat(other, { bigint: true })]);
  return a.ino === b.ino && a.dev === b.dev && a.ino !== 0n;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** Takes the lock of a new object; false if the object appeared while another writer held it. */
async function takeLock(path: string): Promise<boolean> {
  const lock = lockPath(path);
  for (let poll = 0; poll < lockPolls; poll += 1) {
    try {
      await (await open(lock, "wx")).close();
      return true;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    if (await exists(path)) return false;
    await sleep(lockPollMs);
  }
  throw new ColdstowError(
    "E_TEMPORARY",
    `${lock} has been held by another writer for ${(lockPolls * lockPollMs) / 1000} seconds; nothing was stored`,
    { subject: lock, hint: "If no other coldstow is running, remove that file." },
  );
}

async function placeUnderLock(partial: string, path: string): Promise<void> {
  if (!(await takeLock(path))) throw taken(path);
  try {
    if (await exists(path)) throw taken(path);
    await rename(partial, path);
  } finally {
    await unlink(lockPath(path)).catch(() => undefined);
  }
}

/** A hard link is the one call that makes a name only if nobody else has it. */
async function placeByLink(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== undefined && noHardLinks.has(errno)) return await placeUnderLock(partial, path);
    if (errno !== "EEXIST") throw error;
    // NFS may send a request twice; the second answer then complains of what the first has made.
    if (!(await isSameFile(partial, path))) throw taken(path);
  }
  // A name that stays behind is swept after a day; the object does not depend on it.
  await unlink(partial).catch(() => undefined);
  return undefined;
}

/**
 * Makes a finished, fsynced file the object, in one step that readers see wholly or not at all, and
 * makes that step durable.
 *
 * With `ifAbsent` of several writers exactly one wins. Where the file system has no hard links they
 * exclude each other by a lock file, so the object still appears by one rename; that holds among
 * writers that all ask for `ifAbsent`.
 * @throws {E_EXISTS} with `ifAbsent`; the file stays where it is
 */
export async function placeObject(
  partial: string,
  path: string,
  options: PlaceOptions,
): Promise<void> {
  try {
    // Opened beforehand: a lack of file handles must not show only after the object does.
    const directory = await openDirectory(dirname(path));
    try {
      if (!options.ifAbsent) await rename(partial, path);
      else if (options.hardLinks) await placeByLink(partial, path);
      else await placeUnderLock(partial, path);
      await syncDirectory(directory);
    } finally {
      await directory?.close();
    }
  } catch (error) {
    throw localError(error, "publishing the object", path);
  }
}
