import { rmSync } from "node:fs";
import { ColdstowError, describeError } from "@coldstow/contracts";
import { type ArchiveLock, lockArchive } from "../archive/archive-lock.ts";

/** Held by the one process that thaws without restoring. @throws {E_LOCKED} */
export function lockThaw(archivePath: string): ArchiveLock {
  return lockWork(`${archivePath}.thaw`, `Another process is thawing packs of ${archivePath}.`);
}

/**
 * Takes a lock that only one process has, as that of an archive; its file goes when it is released.
 * @param message what it means that another process has it
 * @throws {E_LOCKED}
 */
export function lockWork(path: string, message: string): ArchiveLock {
  try {
    const lock = lockArchive(path);
    const release = (): void => {
      rmSync(`${path}.lock`, { force: true });
      lock.release();
    };
    return { release };
  } catch (error) {
    if (describeError(error).code !== "E_LOCKED") throw error;
    throw new ColdstowError("E_LOCKED", `${message} Nothing was done.`, {
      subject: path,
      hint: "Wait until it has ended, then run the same command again.",
      cause: error,
    });
  }
}
