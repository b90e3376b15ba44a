import { ColdstowError, displayPath, nameToBytes } from "@coldstow/contracts";
import type { SqlDriver, SqlValue } from "./driver.ts";
import { entryColumns, entryFrom, type CatalogueEntry, type EntryKind } from "./entry.ts";
import { pageLimit, pageOf, type Page } from "./page.ts";
import { directoryId, DirectoryPaths } from "./path-tree.ts";
import { newestRun } from "./runs.ts";

export interface FindOptions {
  /** Part of the name; ASCII letters match in either case. */
  readonly contains?: string;
  /** The whole name, with `*`, `?` and `[…]`; case matters. */
  readonly glob?: string;
  /** The whole name, with SQL's `%` and `_`; ASCII letters match in either case. */
  readonly like?: string;
  /** Without the dot; ASCII letters match in either case. */
  readonly extension?: string;
  readonly kind?: EntryKind;
  /** Only what lies below this directory, at any depth. */
  readonly under?: string;
  readonly minSizeBytes?: number;
  readonly maxSizeBytes?: number;
  /** Modified at this time or later. */
  readonly modifiedFromNs?: bigint;
  /** Modified before this time. */
  readonly modifiedBeforeNs?: bigint;
  /** As of which run; the newest if none is named. */
  readonly run?: number;
  /** Instead of what there is: the last version of what there is no more. */
  readonly deleted?: boolean;
  /** The `next` of the page before. */
  readonly after?: number;
  readonly limit?: number;
}

/**
 * Searches the entries by name, size and time, a page at a time, in the order in which they became
 * known. O(entries between the page's first and last match); no text index is used.
 * @throws {E_NOT_FOUND} if `under` never was a directory
 */
export function find(driver: SqlDriver, options: FindOptions = {}): Page<CatalogueEntry, number> {
  const limit = pageLimit(options.limit);
  const terms = ["e.id > ?"];
  const values: SqlValue[] = [options.after ?? 0];
  const add = (term: string, ...bound: SqlValue[]): void => {
    terms.push(term);
    values.push(...bound);
  };
  addVersions(driver, options, add);
  addName(options, add);
  addRanges(options, add);
  if (options.under !== undefined && options.under !== "") {
    add(
      `e.directory IN (WITH RECURSIVE below (id) AS (SELECT ? UNION
         SELECT d.id FROM below JOIN directory d ON d.parent = below.id) SELECT id FROM below)`,
      directoryUnder(driver, options.under),
    );
  }
  const rows = driver
    .prepare(
      `SELECT ${entryColumns} FROM entry e LEFT JOIN content c ON c.id = e.content
       WHERE ${terms.join(" AND ")} ORDER BY e.id LIMIT ?`,
    )
    .all(...values, limit + 1);
  const paths = new DirectoryPaths(driver);
  return pageOf(
    rows.map((row) => entryFrom(row, paths)),
    limit,
    (last) => last.id,
  );
}

type Add = (term: string, ...bound: SqlValue[]) => void;

function addVersions(driver: SqlDriver, options: FindOptions, add: Add): void {
  const run = options.run ?? newestRun(driver);
  if (options.deleted === true) {
    add(
      `e.end_run <= ? AND NOT EXISTS (SELECT 1 FROM entry later
         WHERE later.directory = e.directory AND later.name = e.name AND later.end_run IS NULL
           AND later.first_run <= ?)
       AND NOT EXISTS (SELECT 1 FROM entry later
         WHERE later.directory = e.directory AND later.name = e.name AND later.end_run IS NOT NULL
           AND later.first_run <= ? AND (later.first_run, later.id) > (e.first_run, e.id))`,
      run,
      run,
      run,
    );
  } else {
    add("e.first_run <= ? AND (e.end_run IS NULL OR e.end_run > ?)", run, run);
  }
}

function addName(options: FindOptions, add: Add): void {
  // Patterns are bound as bytes: text would lose the bytes that are not UTF-8.
  const like = "CAST(e.name AS TEXT) LIKE CAST(? AS TEXT) ESCAPE '\\'";
  const { contains, extension } = options;
  if (contains !== undefined) add(like, nameToBytes(`%${escapeLike(contains)}%`));
  if (extension !== undefined) add(like, nameToBytes(`%.${escapeLike(extension)}`));
  if (options.like !== undefined) add(like, nameToBytes(options.like));
  if (options.glob !== undefined) {
    add("CAST(e.name AS TEXT) GLOB CAST(? AS TEXT)", nameToBytes(options.glob));
  }
}

function addRanges(options: FindOptions, add: Add): void {
  if (options.kind !== undefined) add("e.kind = ?", options.kind);
  if (options.minSizeBytes !== undefined) add("e.size >= ?", options.minSizeBytes);
  if (options.maxSizeBytes !== undefined) add("e.size <= ?", options.maxSizeBytes);
  if (options.modifiedFromNs !== undefined) add("e.mtime_ns >= ?", options.modifiedFromNs);
  if (options.modifiedBeforeNs !== undefined) add("e.mtime_ns < ?", options.modifiedBeforeNs);
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

function directoryUnder(driver: SqlDriver, path: string): number {
  const id = directoryId(driver, path);
  if (id !== undefined) return id;
  throw new ColdstowError(
    "E_NOT_FOUND",
    `there never was a directory "${displayPath(path)}" in this archive`,
    { subject: path },
  );
}
