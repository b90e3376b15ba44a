import type { SqlDriver } from "../driver.ts";
import { DirectoryPaths } from "./directory-paths.ts";
import { oweRemoval, pathOfPending } from "./owed-names.ts";
import { journalIndexes } from "./tables.ts";

/** A file that is new or changed and waits to be read. */
export interface PendingFile {
  /** Its place in the scan; also its name towards the journal. */
  readonly seq: number;
  readonly path: string;
  readonly sizeBytes: number;
  /** What the file system has allocated for it: less than its size where the file is sparse. */
  readonly allocatedBytes: number;
  /** A known content or another file in the queue has this size: it may well be a duplicate. */
  readonly sizeShared: boolean;
  /** Store it even if its content is known: no path that stock tar could link to holds it any more. */
  readonly forced: boolean;
  /** Given where the file has several names. */
  readonly inode: number | undefined;
}

export interface PendingTotals {
  readonly files: number;
  readonly bytes: number;
  /** Directories, symlinks and hard links, which need no reading. */
  readonly others: number;
  readonly vanished: number;
}

/**
 * Ends the scan: indexes the queue and sets aside the further names of files with several hard links.
 * Names whose size or times differ are read each: an inode may have got another file during the scan.
 */
export function finishScan(driver: SqlDriver): void {
  driver.exec(journalIndexes);
  driver.exec(`UPDATE pending SET state = 'twin', leader = first.seq
    FROM (SELECT device, inode, size, mtime_ns, ctime_ns, min(seq) AS seq FROM pending
      WHERE inode IS NOT NULL AND kind = 'file'
      GROUP BY device, inode, size, mtime_ns, ctime_ns HAVING count(*) > 1) AS first
    WHERE pending.device = first.device AND pending.inode = first.inode AND pending.seq <> first.seq
      AND pending.kind = 'file' AND pending.size = first.size AND pending.mtime_ns = first.mtime_ns
      AND pending.ctime_ns = first.ctime_ns`);
}

/** What the run will have to do. O(pending). */
export function pendingTotals(driver: SqlDriver): PendingTotals {
  const row = driver
    .prepare(
      `SELECT count(*) FILTER (WHERE kind = 'file' AND state = 'queued') AS files,
        coalesce(sum(size) FILTER (WHERE kind = 'file' AND state = 'queued'), 0) AS bytes,
        count(*) FILTER (WHERE kind <> 'file' OR state <> 'queued') AS others,
        (SELECT count(*) FROM vanished) AS vanished FROM pending`,
    )
    .get();
  return {
    files: Number(row?.["files"]),
    bytes: Number(row?.["bytes"]),
    others: Number(row?.["others"]),
    vanished: Number(row?.["vanished"]),
  };
}

/** The next files in scan order, that is, depth first and sorted by name. */
export function pendingFiles(
  driver: SqlDriver,
  paths: DirectoryPaths,
  afterSeq: number,
  limit: number,
): PendingFile[] {
  const rows = driver
    .prepare(
      `SELECT seq, directory, name, size, allocated, forced, inode,
        EXISTS (SELECT 1 FROM content c WHERE c.size = pending.size) OR EXISTS
          (SELECT 1 FROM pending q WHERE q.kind = 'file' AND q.size = pending.size
            AND q.seq <> pending.seq AND q.state <> 'twin') AS size_shared
      FROM pending WHERE seq > ? AND state = 'queued' AND kind = 'file' ORDER BY seq LIMIT ?`,
    )
    .all(afterSeq, limit);
  return rows.map((row) => ({
    seq: Number(row["seq"]),
    path: paths.child(row["directory"], row["name"]),
    sizeBytes: Number(row["size"]),
    allocatedBytes: Number(row["allocated"]),
    sizeShared: row["size_shared"] === 1,
    forced: row["forced"] === 1,
    inode: row["inode"] === null ? undefined : Number(row["inode"]),
  }));
}

/** SHA-256 digests of all contents whose size occurs in the queue, 32 bytes each, in pages. */
export function* digestsOfPendingSizes(driver: SqlDriver): Iterable<Uint8Array> {
  const rows = driver
    .prepare(
      `SELECT c.sha256 FROM (SELECT DISTINCT size FROM pending WHERE kind = 'file' AND forced = 0) AS p
        JOIN content c ON c.size = p.size
        WHERE c.sha256 IS NOT NULL AND c.id NOT IN (SELECT content FROM lost WHERE stored = 0)
          AND c.id NOT IN (SELECT content FROM legacy)`,
    )
    .iterate();
  for (const row of rows) yield row["sha256"] as Uint8Array;
}

/** How a file that was read, or could not be, ended without being stored. */
export type Settlement =
  | {
      readonly seq: number;
      readonly state: "linked";
      readonly sha256: Uint8Array;
      readonly stat: FreshStat;
    }
  | {
      readonly seq: number;
      readonly state: "failed";
      /** Its member lies in the pack all the same, with zeros for what could not be read. */
      readonly torn?: boolean;
    };

/** What `fstat` said of the file when it was opened. */
export interface FreshStat {
  readonly sizeBytes: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** It changed while it was read: the next run reads it again. */
  readonly unstable: boolean;
}

/** `entry.unstable` of a version over which stock tools find a torn member. */
export const tornEntry = 2;

/** Notes files whose content is known already, and those that could not be read. */
export function settle(driver: SqlDriver, settlements: Iterable<Settlement>): void {
  const linked = driver.prepare(
    `UPDATE pending SET state = 'linked', sha256 = ?, size = ?, mode = ?, uid = ?, gid = ?, mtime_ns = ?,
      ctime_ns = ?, unstable = ? WHERE seq = ?`,
  );
  const failed = driver.prepare("UPDATE pending SET state = 'failed' WHERE seq = ?");
  for (const one of settlements) {
    if (one.state === "failed") {
      if (one.torn === true) tear(driver, one.seq);
      else failed.run(one.seq);
    } else {
      const { stat } = one;
      linked.run(
        one.sha256,
        stat.sizeBytes,
        stat.mode,
        stat.uid,
        stat.gid,
        stat.mtimeNs,
        stat.ctimeNs,
        stat.unstable ? 1 : 0,
        one.seq,
      );
    }
  }
}

/** Stock tools find the torn member under the name: a new name must go, an old one be stored again. */
function tear(driver: SqlDriver, seq: number): void {
  driver.prepare("UPDATE pending SET state = 'torn' WHERE seq = ?").run(seq);
  const kept = driver
    .prepare(
      `UPDATE entry SET unstable = ${tornEntry} WHERE id = (SELECT previous FROM pending WHERE seq = ?)`,
    )
    .run(seq);
  if (kept.changes === 0) oweRemoval(driver, pathOfPending(driver, seq), 1);
}
