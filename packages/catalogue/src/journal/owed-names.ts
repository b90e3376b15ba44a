import type { SqlDriver } from "../driver.ts";
import type { DirectoryPaths } from "./directory-paths.ts";

/**
 * Names that a closing pack still owes to stock tools: slices to be linked under their new name, and
 * names of former versions to be removed. They are committed with the version that causes them, so a
 * run that is cut leaves the debt to the next one.
 */
export type OwedName =
  | {
      readonly type: "slice-link";
      readonly path: string;
      /** From 0. */
      readonly n: number;
      readonly of: number;
      readonly wasOf: number;
    }
  | {
      readonly type: "stale-slice";
      readonly path: string;
      /** From 0. */
      readonly n: number;
      /** 1: not a slice, but the file's own name. */
      readonly of: number;
    };

export interface PathRef {
  readonly directory: number;
  readonly name: Uint8Array;
}

/** Where a pending file lies. */
export function pathOfPending(driver: SqlDriver, seq: number): PathRef {
  const row = driver.prepare("SELECT directory, name FROM pending WHERE seq = ?").get(seq);
  return { directory: Number(row?.["directory"]), name: row?.["name"] as Uint8Array };
}

/** Notes that slice `n` of `of` is to be a link to the slice that was stored as one of `wasOf`. */
export function oweSliceLink(
  driver: SqlDriver,
  at: PathRef,
  n: number,
  of: number,
  wasOf: number,
): void {
  driver
    .prepare(
      "INSERT INTO owed_name (directory, name, n, slices, was_slices) VALUES (?, ?, ?, ?, ?)",
    )
    .run(at.directory, at.name, n, of, wasOf);
}

/** Notes that the names of a version that was cut into so many slices are to go. O(slices). */
export function oweRemoval(driver: SqlDriver, at: PathRef, slices: number): void {
  driver
    .prepare(
      `WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < ?3)
      INSERT INTO owed_name (directory, name, n, slices) SELECT ?1, ?2, n, ?3 FROM number`,
    )
    .run(at.directory, at.name, slices);
}

/** True if slices of any file wait for the rest of it. */
export function hasUnfinished(driver: SqlDriver): boolean {
  return driver.prepare("SELECT 1 FROM unfinished_file LIMIT 1").get() !== undefined;
}

/**
 * Gives up the slices of a version that never became whole, because the path has another one now:
 * their names go, but for those that the present version, cut into `present` slices, has too.
 */
export function dropUnfinished(driver: SqlDriver, at: PathRef, present: number): void {
  const row = driver
    .prepare("SELECT id FROM unfinished_file WHERE directory = ? AND name = ?")
    .get(at.directory, at.name);
  if (row === undefined) return;
  const file = Number(row["id"]);
  driver
    .prepare(
      `INSERT INTO owed_name (directory, name, n, slices)
      SELECT ?, ?, n, slices FROM unfinished_slice WHERE file = ? AND slices <> ?`,
    )
    .run(at.directory, at.name, file, present);
  driver.prepare("DELETE FROM unfinished_slice WHERE file = ?").run(file);
  driver.prepare("DELETE FROM unfinished_file WHERE id = ?").run(file);
}

/**
 * Forgets the slices of large files below directories that a pack removes with all that is in them: their
 * names must not be removed again, because a symlink may stand in the directory's place by then.
 */
export function forgetUnfinishedBelow(driver: SqlDriver): void {
  const below = `WITH RECURSIVE gone (id) AS (
      SELECT d.id FROM early x JOIN entry e ON e.id = x.entry AND e.kind = 'directory'
        JOIN directory d ON d.parent = e.directory AND d.name = e.name
      UNION SELECT d.id FROM gone JOIN directory d ON d.parent = gone.id)`;
  driver.exec(`${below} DELETE FROM unfinished_slice WHERE file IN
      (SELECT id FROM unfinished_file WHERE directory IN (SELECT id FROM gone));
    ${below} DELETE FROM unfinished_file WHERE directory IN (SELECT id FROM gone)`);
}

/** True if an earlier run, or this one, owes names. */
export function owesNames(driver: SqlDriver): boolean {
  const row = driver.prepare("SELECT EXISTS (SELECT 1 FROM owed_name) AS owed").get();
  return row?.["owed"] === 1;
}

export function* owedLinks(driver: SqlDriver, paths: DirectoryPaths): Iterable<OwedName> {
  const rows = driver
    .prepare("SELECT * FROM owed_name WHERE was_slices IS NOT NULL ORDER BY id")
    .iterate();
  for (const row of rows) {
    yield {
      type: "slice-link",
      path: paths.child(row["directory"], row["name"]),
      n: Number(row["n"]),
      of: Number(row["slices"]),
      wasOf: Number(row["was_slices"]),
    };
  }
}

export function* owedRemovals(driver: SqlDriver, paths: DirectoryPaths): Iterable<OwedName> {
  const rows = driver
    .prepare("SELECT * FROM owed_name WHERE was_slices IS NULL ORDER BY id")
    .iterate();
  for (const row of rows) {
    yield {
      type: "stale-slice",
      path: paths.child(row["directory"], row["name"]),
      n: Number(row["n"]),
      of: Number(row["slices"]),
    };
  }
}

/** The closing pack paid them all. */
export function forgetOwedNames(driver: SqlDriver): void {
  driver.exec("DELETE FROM owed_name");
}
