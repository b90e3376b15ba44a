import { ColdstowError, displayPath } from "@coldstow/contracts";
import type { SqlDriver } from "../driver.ts";
import { entryAt } from "../entry-at.ts";
import type { EntryKind } from "../entry.ts";
import { directoryId, DirectoryPaths, joinPath, rootDirectory, storedName } from "../path-tree.ts";
import { Walk } from "../walk.ts";
import { indexOn, type SelectionTables } from "./selection-tables.ts";

export interface SelectionOptions {
  /** As of which run. */
  readonly run: number;
  /** Files, links, or directories with all that lies below; everything if absent. */
  readonly paths?: readonly string[];
  /** Keeps of those what it returns true for; a directory's answer says nothing of what it holds. */
  readonly matches?: (path: string, kind: EntryKind) => boolean;
}

/** Directories that lie deeper are a loop. */
const deepest = 10_000;
const chunk = 1000;

const valid = "e.first_run <= ?1 AND (e.end_run IS NULL OR e.end_run > ?1)";

/**
 * Fills in what is selected, and the directories on the way to it. O(selected), and O(depth) a path.
 * @throws {E_NOT_FOUND} naming a path at which nothing lay in that run
 */
export function fillEntries(
  driver: SqlDriver,
  tables: SelectionTables,
  options: SelectionOptions,
): void {
  const { paths, matches, run } = options;
  if (paths === undefined || paths.includes("")) {
    driver
      .prepare(
        `INSERT INTO ${tables.entry} SELECT e.id, e.kind, e.content, 1 FROM entry e WHERE ${valid}`,
      )
      .run(run);
  } else {
    for (const path of paths) addPath(driver, tables, path, run);
  }
  if (matches !== undefined) keepMatching(driver, tables, matches);
  addDirectoriesAbove(driver, tables, run);
  driver.exec(indexOn(tables.entry, "content, entry"));
}

function addPath(driver: SqlDriver, tables: SelectionTables, path: string, run: number): void {
  const entry = entryAt(driver, path, run);
  if (entry !== undefined) {
    driver
      .prepare(`INSERT OR IGNORE INTO ${tables.entry} VALUES (?, ?, ?, 1)`)
      .run(entry.id, entry.kind, entry.content);
  } else if (!new Walk(driver, run, false).holdsSomething(path)) {
    throw new ColdstowError(
      "E_NOT_FOUND",
      `there was nothing at "${displayPath(path)}" in run ${run}`,
      { subject: path },
    );
  }
  const directory = directoryId(driver, path);
  if (directory === undefined || (entry !== undefined && entry.kind !== "directory")) return;
  driver
    .prepare(
      `WITH RECURSIVE below (id) AS (
         SELECT ?2 UNION SELECT d.id FROM below JOIN directory d ON d.parent = below.id)
       INSERT OR IGNORE INTO ${tables.entry}
       SELECT e.id, e.kind, e.content, 1 FROM below CROSS JOIN entry e
         WHERE e.directory = below.id AND e.end_run IS NULL AND e.first_run <= ?1
       UNION ALL
       SELECT e.id, e.kind, e.content, 1 FROM below CROSS JOIN entry e
         WHERE e.directory = below.id AND e.end_run IS NOT NULL AND e.first_run <= ?1 AND e.end_run > ?1`,
    )
    .run(run, directory);
}

function keepMatching(
  driver: SqlDriver,
  tables: SelectionTables,
  matches: (path: string, kind: EntryKind) => boolean,
): void {
  const paths = new DirectoryPaths(driver);
  const page = driver.prepare(
    `SELECT s.entry AS entry, s.kind AS kind, e.directory AS directory, e.name AS name
     FROM ${tables.entry} s JOIN entry e ON e.id = s.entry WHERE s.entry > ? ORDER BY s.entry LIMIT ?`,
  );
  const drop = driver.prepare(
    `DELETE FROM ${tables.entry} WHERE entry IN (SELECT value FROM json_each(?))`,
  );
  for (let after = 0, more = true; more;) {
    const rows = page.all(after, chunk);
    const unwanted: number[] = [];
    for (const row of rows) {
      after = Number(row["entry"]);
      const path = joinPath(paths.path(Number(row["directory"])), storedName(row["name"]));
      if (!matches(path, row["kind"] as EntryKind)) unwanted.push(after);
    }
    drop.run(JSON.stringify(unwanted));
    more = rows.length === chunk;
  }
}

function addDirectoriesAbove(driver: SqlDriver, tables: SelectionTables, run: number): void {
  driver
    .prepare(
      `WITH RECURSIVE up (id) AS (
         SELECT e.directory FROM ${tables.entry} s JOIN entry e ON e.id = s.entry
         UNION SELECT d.parent FROM up JOIN directory d ON d.id = up.id WHERE d.parent IS NOT NULL)
       INSERT INTO ${tables.above} SELECT id, NULL FROM up`,
    )
    .run();
  driver
    .prepare(
      `WITH RECURSIVE down (id, depth) AS (
         SELECT ${rootDirectory}, 0
         UNION ALL SELECT d.id, down.depth + 1 FROM down CROSS JOIN directory d CROSS JOIN ${tables.above} a
           WHERE d.parent = down.id AND a.id = d.id AND down.depth < ${deepest})
       UPDATE ${tables.above} AS a SET depth = down.depth FROM down WHERE down.id = a.id`,
    )
    .run();
  driver
    .prepare(
      `INSERT OR IGNORE INTO ${tables.entry}
       SELECT e.id, e.kind, NULL, 0 FROM ${tables.above} a CROSS JOIN directory d ON d.id = a.id
         CROSS JOIN entry e
       WHERE e.directory = d.parent AND e.name = d.name AND e.kind = 'directory' AND e.end_run IS NULL
         AND e.first_run <= ?1
       UNION ALL
       SELECT e.id, e.kind, NULL, 0 FROM ${tables.above} a CROSS JOIN directory d ON d.id = a.id
         CROSS JOIN entry e
       WHERE e.directory = d.parent AND e.name = d.name AND e.kind = 'directory'
         AND e.end_run IS NOT NULL AND e.first_run <= ?1 AND e.end_run > ?1`,
    )
    .run(run);
  driver.exec(
    `INSERT INTO ${tables.directory}
     SELECT coalesce(a.depth, 0), s.entry FROM ${tables.entry} s JOIN entry e ON e.id = s.entry
       JOIN ${tables.above} a ON a.id = e.directory
     WHERE s.kind = 'directory' ORDER BY 1, 2`,
  );
}
