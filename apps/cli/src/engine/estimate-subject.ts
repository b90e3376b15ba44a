import { open } from "node:fs/promises";
import { ColdstowError, errnoOf, fromSystemError } from "@coldstow/contracts";

const sqliteMagic = "SQLite format 3\0";

/**
 * True for an archive, false for an ini file, told apart by what they hold.
 * @throws {E_NOT_FOUND | E_PERMISSION}
 */
export async function isArchiveFile(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(sqliteMagic.length));
      return buffer.toString("latin1", 0, bytesRead) === sqliteMagic;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === "ENOENT") {
      throw new ColdstowError("E_NOT_FOUND", `there is no archive and no ini file ${path}`, {
        subject: path,
      });
    }
    throw fromSystemError(error, "Looking at it", path);
  }
}
