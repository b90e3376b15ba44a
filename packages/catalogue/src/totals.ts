import type { SqlDriver } from "./driver.ts";
import { newestRun } from "./runs.ts";

export interface Totals {
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  /** The sizes of all files, added up. */
  readonly fileBytes: number;
  /** Different contents among the files. */
  readonly contents: number;
  /** Their sizes, each counted once. */
  readonly contentBytes: number;
}

/** What an archive held in a run, the newest if none is named. O(entries ever). */
export function totals(driver: SqlDriver, run: number = newestRun(driver)): Totals {
  const counted = driver
    .prepare(
      `SELECT count(*) FILTER (WHERE kind = 'file') AS files,
         count(*) FILTER (WHERE kind = 'directory') AS directories,
         count(*) FILTER (WHERE kind = 'symlink') AS symlinks,
         coalesce(sum(size) FILTER (WHERE kind = 'file'), 0) AS bytes
       FROM entry WHERE first_run <= ?1 AND (end_run IS NULL OR end_run > ?1)`,
    )
    .get(run);
  const unique = driver
    .prepare(
      `SELECT count(*) AS contents, coalesce(sum(size), 0) AS bytes FROM content
       WHERE id IN (SELECT content FROM entry
         WHERE content IS NOT NULL AND first_run <= ?1 AND (end_run IS NULL OR end_run > ?1))`,
    )
    .get(run);
  return {
    files: Number(counted?.["files"]),
    directories: Number(counted?.["directories"]),
    symlinks: Number(counted?.["symlinks"]),
    fileBytes: Number(counted?.["bytes"]),
    contents: Number(unique?.["contents"]),
    contentBytes: Number(unique?.["bytes"]),
  };
}
