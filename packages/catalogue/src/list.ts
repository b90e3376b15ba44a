import { ColdstowError, displayPath } from "@coldstow/contracts";
import type { SqlDriver } from "./driver.ts";
import { entryAt } from "./entry-at.ts";
import type { CatalogueEntry } from "./entry.ts";
import { pageLimit, pageOf, type Page } from "./page.ts";
import { splitPath } from "./path-tree.ts";
import { newestRun } from "./runs.ts";
import { Walk } from "./walk.ts";

export interface ListOptions {
  /** As of which run; the newest if none is named. */
  readonly run?: number;
  /** Everything below, a directory before what it holds; names in byte order within each. */
  readonly recursive?: boolean;
  /** The path of the last entry that is known already. */
  readonly after?: string;
  readonly limit?: number;
}

/**
 * What lies in a directory (`ls`), a page at a time. A page costs O(limit + depth), whatever the tree.
 * @param directory a path, "" for the root
 * @throws {E_NOT_FOUND} if it is no directory in that run
 */
export function list(
  driver: SqlDriver,
  directory: string,
  options: ListOptions = {},
): Page<CatalogueEntry, string> {
  const run = options.run ?? newestRun(driver);
  const walk = new Walk(driver, run, options.recursive === true);
  if (!isDirectory(driver, walk, directory, run)) {
    throw new ColdstowError(
      "E_NOT_FOUND",
      `there is no directory "${displayPath(directory)}" in run ${run}`,
      { subject: directory },
    );
  }
  const limit = pageLimit(options.limit);
  const rows: CatalogueEntry[] = [];
  for (const entry of walk.below(directory, cursorNames(directory, options.after))) {
    rows.push(entry);
    if (rows.length > limit) break;
  }
  return pageOf(rows, limit, (last) => last.path);
}

function isDirectory(driver: SqlDriver, walk: Walk, path: string, run: number): boolean {
  if (splitPath(path).length === 0) return true;
  const entry = entryAt(driver, path, run);
  return entry === undefined ? walk.holdsSomething(path) : entry.kind === "directory";
}

function cursorNames(directory: string, after: string | undefined): string[] {
  if (after === undefined) return [];
  const above = splitPath(directory);
  const names = splitPath(after);
  if (names.length > above.length && above.every((name, at) => names[at] === name)) {
    return names.slice(above.length);
  }
  throw new ColdstowError(
    "E_USAGE",
    `"${displayPath(after)}" does not lie in "${displayPath(directory)}", so the list cannot go on there`,
    { subject: after },
  );
}
