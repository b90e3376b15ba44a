import { DatabaseSync } from "node:sqlite";
import { ColdstowError } from "@coldstow/contracts";

/** Holds an archive for one process. */
export interface ArchiveLock {
  release(): void;
}

/**
 * Takes the archive's lock: an exclusive transaction on `ARCHIVE.lock`, an empty SQLite database. The
 * kernel releases it with the process, however that ends, so a lock is never stale.
 * @throws {E_LOCKED} if another process has it
 */
export function lockArchive(archivePath: string): ArchiveLock {
  const path = `${archivePath}.lock`;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === 5) {
      throw new ColdstowError(
        "E_LOCKED",
        `Another process is working on ${archivePath}. Nothing was done.`,
        { subject: archivePath, cause: error },
      );
    }
    throw new ColdstowError("E_IO", `The lock ${path} cannot be taken: ${String(error)}`, {
      subject: path,
      hint: "The folder of the archive must be writable.",
      cause: error,
    });
  }
}
