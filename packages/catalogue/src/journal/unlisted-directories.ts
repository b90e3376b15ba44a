import type { SqlDriver } from "../driver.ts";

/**
 * A run that was cut has committed files, but not the directories that they lie in, which its closing pack
 * would have told of. They are entered here with what is known of them, so that the scan compares them
 * like all others: one that is gone meanwhile takes what lies in it along. O(entries) after such a run.
 */
export function listDirectories(driver: SqlDriver, run: number): void {
  const last = driver
    .prepare("SELECT id, state FROM run WHERE id < ? ORDER BY id DESC LIMIT 1")
    .get(run);
  if (last === undefined || last["state"] === "done" || last["state"] === "partial") return;
  driver
    .prepare(
      `WITH RECURSIVE used (id) AS (
        SELECT DISTINCT directory FROM entry WHERE end_run IS NULL AND directory <> 1
        UNION SELECT directory FROM unfinished_file WHERE directory <> 1
        UNION SELECT d.parent FROM used JOIN directory d ON d.id = used.id WHERE d.parent <> 1)
      INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, unstable, first_run)
      SELECT d.parent, d.name, 'directory', 0, 0, 0, 493, 0, 0, 1, ?
      FROM used JOIN directory d ON d.id = used.id
      WHERE NOT EXISTS (SELECT 1 FROM entry e
        WHERE e.directory = d.parent AND e.name = d.name AND e.end_run IS NULL)`,
    )
    .run(Number(last["id"]));
}
