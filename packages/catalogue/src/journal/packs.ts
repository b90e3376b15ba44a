import type { SqlDriver } from "../driver.ts";
import { dropUnfinished, hasUnfinished, oweRemoval, pathOfPending } from "./owed-names.ts";
import type { FreshStat } from "./pending.ts";

export type PackFormat = "tar" | "tar.zst";

export interface PackIntent {
  readonly key: string;
  readonly format: PackFormat;
  readonly sealed: boolean;
}

export interface PlannedPack extends PackIntent {
  readonly id: number;
  readonly run: number;
  /** From 1 in each run; keys sort by run, then by number. */
  readonly number: number;
}

/** A file's bytes, or one slice of them, as they lie in a pack. */
export interface PackedMember {
  readonly seq: number;
  /** Of the member's logical content. */
  readonly sha256: Uint8Array;
  readonly sizeBytes: number;
  /** Of the stored data in the uncompressed tar stream. */
  readonly offset: number;
  readonly storedBytes: number;
  readonly sparse: boolean;
  readonly stat: FreshStat;
  /** From 0, of a file stored in slices. */
  readonly slice?: { readonly n: number; readonly of: number };
}

export interface PackCopy {
  readonly destination: number;
  /** The store's own digest of the object, `algorithm:hex`, where it gives one. */
  readonly remoteDigest: string | null;
}

/** A pack that was written and whose copies were verified. */
export interface PackResult {
  readonly packId: number;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly tarBytes: number;
  readonly members: Iterable<PackedMember>;
  readonly copies: readonly PackCopy[];
  readonly atNs: bigint;
}

/** Records the intent to write a pack; `key` is asked for the pack's number. */
export function planPack(
  driver: SqlDriver,
  run: number,
  atNs: bigint,
  intent: (number: number) => PackIntent,
): PlannedPack {
  return driver.transaction(() => {
    const row = driver
      .prepare("SELECT coalesce(max(number), 0) + 1 AS number FROM pack WHERE run = ?")
      .get(run);
    const number = Number(row?.["number"]);
    const made = intent(number);
    const added = driver
      .prepare(
        `INSERT INTO pack (run, number, key, format, sealed, state, created_ns)
        VALUES (?, ?, ?, ?, ?, 'planned', ?)`,
      )
      .run(run, number, made.key, made.format, made.sealed ? 1 : 0, atNs);
    return { ...made, id: added.lastId, run, number };
  });
}

/** Packs whose writing a crash or an error cut: their objects, if any, hold nothing that counts. */
export function unfinishedPacks(driver: SqlDriver): { id: number; key: string }[] {
  return driver
    .prepare("SELECT id, key FROM pack WHERE state = 'planned' ORDER BY id")
    .all()
    .map((row) => ({ id: Number(row["id"]), key: String(row["key"]) }));
}

/** Copies of the catalogue that were on their way to a destination when a run was cut. */
export function unfinishedCatalogueCopies(
  driver: SqlDriver,
): { destination: number; key: string }[] {
  return driver
    .prepare("SELECT destination, key FROM catalogue_copy WHERE stored_ns = 0")
    .all()
    .map((row) => ({ destination: Number(row["destination"]), key: String(row["key"]) }));
}

/** Forgets a planned pack, once no destination has its object. */
export function forgetPack(driver: SqlDriver, packId: number): void {
  driver.prepare("DELETE FROM pack WHERE id = ? AND state = 'planned'").run(packId);
}

/** Commits a pack: must run inside a transaction. O(members). */
export function commitPack(driver: SqlDriver, run: number, result: PackResult): void {
  storePack(driver, result);
  const someUnfinished = hasUnfinished(driver);
  const someLost = hasLost(driver);
  for (const member of result.members) {
    const content = placeContent(driver, result.packId, member);
    if (someLost) noteStored(driver, content);
    if (member.slice === undefined) {
      if (someUnfinished) dropUnfinished(driver, pathOfPending(driver, member.seq), 1);
      commitEntry(driver, run, member.seq, content, member.stat);
    } else {
      noteSlice(driver, member, content);
    }
  }
}

/** Marks the pack stored and records its copies. */
export function storePack(driver: SqlDriver, result: PackResult): void {
  driver
    .prepare("UPDATE pack SET state = 'stored', size = ?, sha256 = ?, tar_size = ? WHERE id = ?")
    .run(result.sizeBytes, result.sha256, result.tarBytes, result.packId);
  const copy = driver.prepare(
    `INSERT INTO copy (pack, destination, state, remote_digest, stored_ns) VALUES (?, ?, 'stored', ?, ?)`,
  );
  for (const one of result.copies) {
    copy.run(result.packId, one.destination, one.remoteDigest, result.atNs);
  }
}

/** The id of a content, made if it is new. */
export function contentId(driver: SqlDriver, sha256: Uint8Array, sizeBytes: number): number {
  const added = driver
    .prepare("INSERT INTO content (sha256, size) VALUES (?, ?) ON CONFLICT DO NOTHING")
    .run(sha256, sizeBytes);
  if (added.changes > 0) return added.lastId;
  return Number(driver.prepare("SELECT id FROM content WHERE sha256 = ?").get(sha256)?.["id"]);
}

function hasLost(driver: SqlDriver): boolean {
  const row = driver
    .prepare("SELECT EXISTS (SELECT 1 FROM lost) OR EXISTS (SELECT 1 FROM legacy) AS some")
    .get();
  return row?.["some"] === 1;
}

/** A content that no pack of ours held, or none that is left, lies in one now. */
export function noteStored(driver: SqlDriver, content: number): void {
  driver.prepare("UPDATE lost SET stored = 1 WHERE content = ?").run(content);
  driver.prepare("DELETE FROM legacy WHERE content = ?").run(content);
}

function placeContent(driver: SqlDriver, packId: number, member: PackedMember): number {
  const content = contentId(driver, member.sha256, member.sizeBytes);
  driver
    .prepare(
      `INSERT OR IGNORE INTO placement (content, pack, offset, length, sparse) VALUES (?, ?, ?, ?, ?)`,
    )
    .run(content, packId, member.offset, member.storedBytes, member.sparse ? 1 : 0);
  return content;
}

/**
 * Ends the entry's current version, if any, and begins the new one. The names of a version that was cut
 * into another number of `slices` are owed.
 */
export function commitEntry(
  driver: SqlDriver,
  run: number,
  seq: number,
  content: number,
  stat: FreshStat,
  slices = 1,
): void {
  const row = driver.prepare("SELECT previous FROM pending WHERE seq = ?").get(seq);
  if (typeof row?.["previous"] === "number") {
    endPrevious(driver, run, { seq, entry: row["previous"], slices });
  }
  driver
    .prepare(
      `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, device, inode,
        content, unstable, first_run)
      SELECT directory, name, kind, ?, ?, ?, ?, ?, ?, device, inode, ?, ?, ? FROM pending WHERE seq = ?`,
    )
    .run(
      stat.sizeBytes,
      stat.mtimeNs,
      stat.ctimeNs,
      stat.mode,
      stat.uid,
      stat.gid,
      content,
      stat.unstable ? 1 : 0,
      run,
      seq,
    );
  driver
    .prepare(
      `UPDATE pending SET state = 'packed', content = ?, unstable = ?, size = ?, mtime_ns = ?, ctime_ns = ?,
        mode = ?, uid = ?, gid = ? WHERE seq = ?`,
    )
    .run(
      content,
      stat.unstable ? 1 : 0,
      stat.sizeBytes,
      stat.mtimeNs,
      stat.ctimeNs,
      stat.mode,
      stat.uid,
      stat.gid,
      seq,
    );
}

/** Ends the version that a pending name had until now. */
function endPrevious(
  driver: SqlDriver,
  run: number,
  previous: { readonly seq: number; readonly entry: number; readonly slices: number },
): void {
  const former = driver
    .prepare(
      `SELECT max(1, (SELECT count(*) FROM content_slice s WHERE s.content = e.content)) AS slices
      FROM entry e WHERE e.id = ?`,
    )
    .get(previous.entry);
  if (former !== undefined && former["slices"] !== previous.slices) {
    oweRemoval(driver, pathOfPending(driver, previous.seq), Number(former["slices"]));
  }
  driver.prepare("UPDATE entry SET end_run = ? WHERE id = ?").run(run, previous.entry);
}

function noteSlice(driver: SqlDriver, member: PackedMember, content: number): void {
  if (member.slice === undefined) return;
  driver
    .prepare(
      `INSERT INTO unfinished_file (directory, name) SELECT directory, name FROM pending WHERE seq = ?
      ON CONFLICT (directory, name) DO NOTHING`,
    )
    .run(member.seq);
  driver
    .prepare(
      `INSERT OR REPLACE INTO unfinished_slice (file, n, slice, slices)
      SELECT u.id, ?, ?, ? FROM unfinished_file u JOIN pending p ON p.directory = u.directory AND p.name = u.name
      WHERE p.seq = ?`,
    )
    .run(member.slice.n, content, member.slice.of, member.seq);
}
