import type { SqlDriver } from "../driver.ts";
import { tornEntry } from "./pending.ts";

// What stock tar finds under a path must be the content: not where this run stores another version,
// nor where a version was torn, lost or half replaced.
const targetOf = `(SELECT e.id FROM entry e
  WHERE e.content = pending.content AND e.kind = 'file' AND e.end_run IS NULL AND e.unstable <> ${tornEntry}
    AND e.first_run NOT IN (SELECT id FROM run WHERE kind = 'update')
    AND NOT EXISTS (SELECT 1 FROM unfinished_file u WHERE u.directory = e.directory AND u.name = e.name)
    AND NOT EXISTS (SELECT 1 FROM pending q
      WHERE q.previous = e.id AND (q.state NOT IN ('metadata', 'touched', 'failed')
        OR q.state = 'failed' AND e.content IN (SELECT content FROM lost)))
  ORDER BY e.id DESC LIMIT 1)`;

/** SQL for the id of an entry that stock tar can link a pending name to, when the closing pack is read. */
export const linkTargetSql: string = targetOf;

/**
 * Decides what becomes of names whose content is known: a link, a mere change of metadata, or storing
 * the content again because no path holds it any more. Further names of a file that could not be read are
 * tried for themselves. O(pending names without content of their own).
 * @returns how many files were queued again and must be packed before the closing pack
 */
export function resolveLinks(driver: SqlDriver): number {
  return driver.transaction(() => {
    const orphans = driver
      .prepare(
        `UPDATE pending SET state = 'queued', leader = NULL WHERE state = 'twin'
          AND leader IN (SELECT seq FROM pending WHERE state IN ('failed', 'torn'))`,
      )
      .run();
    joinTwins(driver);
    driver.exec(`
      UPDATE pending SET content = (SELECT c.id FROM content c WHERE c.sha256 = pending.sha256
          AND c.id NOT IN (SELECT content FROM lost WHERE stored = 0) AND c.id NOT IN (SELECT content FROM legacy))
        WHERE state = 'linked' AND content IS NULL;
      UPDATE pending SET state = 'metadata' WHERE state = 'linked' AND previous IS NOT NULL
        AND content NOT IN (SELECT content FROM lost)
        AND content = (SELECT e.content FROM entry e WHERE e.id = pending.previous AND e.unstable <> ${tornEntry}
          AND NOT EXISTS (SELECT 1 FROM unfinished_file u WHERE u.directory = e.directory AND u.name = e.name));
    `);
    touch(driver);
    // One name of each content is stored; the others are links to it then.
    const again = driver
      .prepare(
        `UPDATE pending SET state = 'queued', forced = 1, sha256 = NULL, content = NULL
        WHERE seq IN (SELECT min(seq) FROM pending
          WHERE state = 'linked' AND (content IS NULL OR ${targetOf} IS NULL)
          GROUP BY coalesce(content, sha256))`,
      )
      .run();
    return orphans.changes + again.changes;
  });
}

/** Further names of a file that was read have its content, and its metadata as they were then. */
function joinTwins(driver: SqlDriver): void {
  driver.exec(`
    UPDATE pending SET state = 'linked', sha256 = leader.sha256, content = leader.content, size = leader.size,
        mtime_ns = leader.mtime_ns, ctime_ns = leader.ctime_ns, mode = leader.mode, uid = leader.uid,
        gid = leader.gid, unstable = leader.unstable
      FROM (SELECT * FROM pending WHERE state IN ('packed', 'linked')) AS leader
      WHERE pending.state = 'twin' AND leader.seq = pending.leader;
  `);
}

/** Names of which nothing changed that a version records: only the time of the change is noted. */
function touch(driver: SqlDriver): void {
  driver.exec(`
    UPDATE pending SET state = 'touched' WHERE state = 'metadata' AND EXISTS
      (SELECT 1 FROM entry e WHERE e.id = pending.previous AND e.mtime_ns = pending.mtime_ns
        AND e.mode = pending.mode AND e.uid = pending.uid AND e.gid = pending.gid
        AND e.inode IS pending.inode AND e.device IS pending.device AND e.unstable = pending.unstable);
    UPDATE entry SET ctime_ns = p.ctime_ns FROM (SELECT * FROM pending WHERE state = 'touched') AS p
      WHERE entry.id = p.previous;
  `);
}
