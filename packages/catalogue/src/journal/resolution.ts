import type { SqlDriver } from "../driver.ts";

const targetOf = `(SELECT e.id FROM entry e
  WHERE e.content = pending.content AND e.kind = 'file' AND e.end_run IS NULL
    AND e.first_run NOT IN (SELECT id FROM run WHERE kind = 'update')
    AND NOT EXISTS (SELECT 1 FROM pending q
      WHERE q.previous = e.id AND q.state NOT IN ('metadata', 'failed'))
  LIMIT 1)`;

/**
 * Decides what becomes of names whose content is known: a link, a mere change of metadata, or storing
 * the content again because no path holds it any more. O(pending names without content of their own).
 * @returns how many files were queued again and must be packed before the closing pack
 */
export function resolveLinks(driver: SqlDriver): number {
  return driver.transaction(() => {
    driver.exec(`
      UPDATE pending SET state = leader.state, sha256 = leader.sha256, content = leader.content
        FROM (SELECT seq, sha256, content,
            CASE state WHEN 'failed' THEN 'failed' ELSE 'linked' END AS state
          FROM pending WHERE state IN ('packed', 'linked', 'failed')) AS leader
        WHERE pending.state = 'twin' AND leader.seq = pending.leader;
      UPDATE pending SET content = (SELECT c.id FROM content c WHERE c.sha256 = pending.sha256
          AND c.id NOT IN (SELECT content FROM lost) AND c.id NOT IN (SELECT content FROM legacy))
        WHERE state = 'linked' AND content IS NULL;
      UPDATE pending SET state = 'metadata' WHERE state = 'linked' AND content =
        (SELECT e.content FROM entry e WHERE e.id = pending.previous);
      UPDATE entry SET ctime_ns = p.ctime_ns FROM (SELECT * FROM pending WHERE state = 'metadata') AS p
        WHERE entry.id = p.previous AND entry.mtime_ns = p.mtime_ns AND entry.mode = p.mode
          AND entry.uid = p.uid AND entry.gid = p.gid AND entry.inode IS p.inode
          AND entry.unstable = p.unstable;
      UPDATE pending SET state = 'touched' WHERE state = 'metadata' AND EXISTS
        (SELECT 1 FROM entry e WHERE e.id = pending.previous AND e.mtime_ns = pending.mtime_ns
          AND e.mode = pending.mode AND e.uid = pending.uid AND e.gid = pending.gid
          AND e.inode IS pending.inode AND e.unstable = pending.unstable);
    `);
    const again = driver
      .prepare(
        `UPDATE pending SET state = 'queued', forced = 1, sha256 = NULL, content = NULL
        WHERE state = 'linked' AND (content IS NULL OR ${targetOf} IS NULL)`,
      )
      .run();
    return again.changes;
  });
}

/** SQL for the id of an entry that stock tar can link a pending name to, when the closing pack is read. */
export const linkTargetSql: string = targetOf;
