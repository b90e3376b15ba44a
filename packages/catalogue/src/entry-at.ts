import { nameToBytes } from "@coldstow/contracts";
import type { SqlDriver, SqlRow } from "./driver.ts";
import { entryColumns, entryFrom, type CatalogueEntry } from "./entry.ts";
import { directoryId, DirectoryPaths, splitPath } from "./path-tree.ts";
import { newestRun } from "./runs.ts";

// Two branches, because each can use its own partial index.
const versions = `SELECT ${entryColumns} FROM entry e LEFT JOIN content c ON c.id = e.content
  WHERE e.directory = ?1 AND e.name = ?2 AND e.end_run IS NULL
  UNION ALL
  SELECT ${entryColumns} FROM entry e LEFT JOIN content c ON c.id = e.content
  WHERE e.directory = ?1 AND e.name = ?2 AND e.end_run IS NOT NULL
  ORDER BY first_run`;

/** Every version of what lay at a path, oldest first; empty for a path that never was. O(depth + versions). */
export function history(driver: SqlDriver, path: string): CatalogueEntry[] {
  const paths = new DirectoryPaths(driver);
  return rowsAt(driver, path).map((row) => entryFrom(row, paths));
}

/**
 * What lay at a path in a run, the newest run if none is named; undefined for nothing and for the
 * root, which has no entry. O(depth + versions).
 */
export function entryAt(driver: SqlDriver, path: string, run?: number): CatalogueEntry | undefined {
  const at = run ?? newestRun(driver);
  return history(driver, path).find(
    (entry) => entry.firstRun <= at && (entry.endRun === null || entry.endRun > at),
  );
}

function rowsAt(driver: SqlDriver, path: string): SqlRow[] {
  const names = splitPath(path);
  const name = names.pop();
  const directory = directoryId(driver, names.join("/"));
  if (name === undefined || directory === undefined) return [];
  return driver.prepare(versions).all(directory, nameToBytes(name));
}
