import { existsSync } from "node:fs";
import { ColdstowError } from "@coldstow/contracts";
import type { SqlDriver } from "./driver.ts";

/**
 * Writes a consistent, compact copy of the catalogue to a new file while it is in use. The copy has
 * no write-ahead log, so the one file is everything; it is not fsynced.
 * @param path where nothing may exist yet
 * @throws {E_EXISTS} if there is a file already, {E_NO_SPACE | E_IO}
 */
export function writeSnapshot(driver: SqlDriver, path: string): void {
  if (existsSync(path)) {
    throw new ColdstowError(
      "E_EXISTS",
      `there is a file at ${path} already, so no copy of the catalogue was written there`,
      { subject: path },
    );
  }
  driver.prepare("VACUUM INTO ?").run(path);
}
