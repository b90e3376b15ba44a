import { linkSync, rmSync } from "node:fs";
import { ColdstowError, errnoOf, fromSystemError } from "@coldstow/contracts";

/** Removes a database and what SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(path + end, { force: true });
}

/**
 * Gives a finished database its name. A link, unlike a rename, never replaces what came into being
 * meanwhile.
 * @throws {E_EXISTS}
 */
export function publishDatabase(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw catalogueExists(path);
    throw fromSystemError(error, "Writing the recovered catalogue", path);
  }
  removeDatabase(temporary);
}

/** The error for a catalogue that is there already. */
export function catalogueExists(path: string): ColdstowError {
  return new ColdstowError("E_EXISTS", `${path} exists already. It was not changed.`, {
    subject: path,
    hint: "Name another file for the recovered catalogue, or move this one away.",
  });
}
