import type { SqlDriver, SqlRow } from "./driver.ts";
import { entryColumns, entryFrom, type CatalogueEntry } from "./entry.ts";
import { pageLimit, pageOf, type Page } from "./page.ts";
import { DirectoryPaths } from "./path-tree.ts";

export interface Difference {
  /** `changed`: kind, bytes or target; `metadata`: only times, mode or owner. */
  readonly change: "added" | "removed" | "changed" | "metadata";
  readonly path: string;
  readonly before: CatalogueEntry | undefined;
  readonly after: CatalogueEntry | undefined;
}

/** Where a page of differences ended. */
export interface DiffCursor {
  readonly directory: number;
  readonly name: Uint8Array;
}

export interface DiffOptions {
  readonly after?: DiffCursor;
  readonly limit?: number;
}

// Versions that are valid in the later run and came after the earlier, then those of the earlier run
// that have no successor in the later. Each branch is in the order of its index; SQLite merges them.
const changed = `SELECT id, directory, name, 1 AS there FROM entry
    WHERE end_run IS NULL AND (directory, name) > (?1, ?2) AND first_run > ?3 AND first_run <= ?4
  UNION ALL
  SELECT id, directory, name, 1 FROM entry
    WHERE end_run IS NOT NULL AND (directory, name) > (?1, ?2)
      AND first_run > ?3 AND first_run <= ?4 AND end_run > ?4
  UNION ALL
  SELECT id, directory, name, 0 FROM entry gone
    WHERE end_run IS NOT NULL AND (directory, name) > (?1, ?2)
      AND first_run <= ?3 AND end_run > ?3 AND end_run <= ?4
      AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.directory = gone.directory AND e.name = gone.name
        AND e.end_run IS NULL AND e.first_run <= ?4)
      AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.directory = gone.directory AND e.name = gone.name
        AND e.end_run IS NOT NULL AND e.first_run <= ?4 AND e.end_run > ?4)
  ORDER BY directory, name LIMIT ?5`;

const byId = `SELECT ${entryColumns} FROM entry e LEFT JOIN content c ON c.id = e.content WHERE e.id = ?`;

const before = `SELECT ${entryColumns} FROM entry e LEFT JOIN content c ON c.id = e.content
  WHERE e.directory = ?1 AND e.name = ?2 AND e.end_run IS NOT NULL AND e.first_run <= ?3 AND e.end_run > ?3`;

/**
 * What differs between two runs, a page at a time, grouped by directory. When `to` is the earlier
 * run, the difference is told backwards. All pages together cost one pass over the entries.
 */
export function diff(
  driver: SqlDriver,
  from: number,
  to: number,
  options: DiffOptions = {},
): Page<Difference, DiffCursor> {
  const [early, late] = from <= to ? [from, to] : [to, from];
  const limit = pageLimit(options.limit);
  const { directory, name } = options.after ?? { directory: 0, name: new Uint8Array() };
  const rows = driver.prepare(changed).all(directory, name, early, late, limit + 1);
  const page = pageOf(rows, limit, cursorOf);
  const paths = new DirectoryPaths(driver);
  const differences = page.rows.map((row) => difference(driver, paths, row, early));
  return { rows: from <= to ? differences : differences.map(backwards), next: page.next };
}

function cursorOf(row: SqlRow): DiffCursor {
  return { directory: Number(row["directory"]), name: row["name"] as Uint8Array };
}

function difference(
  driver: SqlDriver,
  paths: DirectoryPaths,
  row: SqlRow,
  early: number,
): Difference {
  const entry = entryFrom(driver.prepare(byId).get(row["id"] ?? null) ?? row, paths);
  if (row["there"] === 0) {
    return { change: "removed", path: entry.path, before: entry, after: undefined };
  }
  const old = driver.prepare(before).get(row["directory"] ?? null, row["name"] ?? null, early);
  if (old === undefined) {
    return { change: "added", path: entry.path, before: undefined, after: entry };
  }
  const earlier = entryFrom(old, paths);
  const change = sameBytes(earlier, entry) ? "metadata" : "changed";
  return { change, path: entry.path, before: earlier, after: entry };
}

function sameBytes(a: CatalogueEntry, b: CatalogueEntry): boolean {
  if (a.kind !== b.kind || a.target !== b.target) return false;
  if (a.kind !== "file") return true;
  if (a.content !== b.content || a.sizeBytes !== b.sizeBytes) return false;
  // Without a digest, the time is all there is to tell bytes apart.
  return a.content !== null || a.mtimeNs === b.mtimeNs;
}

function backwards(item: Difference): Difference {
  const change =
    item.change === "added" ? "removed" : item.change === "removed" ? "added" : item.change;
  return { change, path: item.path, before: item.after, after: item.before };
}
