import type { SqlDriver } from "../driver.ts";
import { commitEntry, contentId } from "./packs.ts";
import type { FreshStat } from "./pending.ts";

/** A slice that need not be stored again if its bytes are still these. */
export interface KnownSlice {
  readonly n: number;
  readonly sha256: Uint8Array;
  /** Into how many slices the file was cut then: the name of the stored slice has this number. */
  readonly of: number;
}

/**
 * Slices that an earlier run stored for this file at the same position: of a run that was cut, else of
 * the file's former version. O(slices).
 */
export function knownSlices(driver: SqlDriver, seq: number): KnownSlice[] {
  const unfinished = driver
    .prepare(
      `SELECT s.n, c.sha256, u.slices FROM pending p
        JOIN unfinished_file u ON u.directory = p.directory AND u.name = p.name
        JOIN unfinished_slice s ON s.file = u.id JOIN content c ON c.id = s.slice
      WHERE p.seq = ? AND s.slice NOT IN (SELECT content FROM lost) ORDER BY s.n`,
    )
    .all(seq);
  const rows =
    unfinished.length > 0
      ? unfinished
      : driver
          .prepare(
            `SELECT s.n, c.sha256,
              (SELECT count(*) FROM content_slice t WHERE t.content = e.content) AS slices
            FROM pending p JOIN entry e ON e.id = p.previous
              JOIN content_slice s ON s.content = e.content JOIN content c ON c.id = s.slice
            WHERE p.seq = ? AND s.slice NOT IN (SELECT content FROM lost) ORDER BY s.n`,
          )
          .all(seq);
  return rows.map((row) => ({
    n: Number(row["n"]),
    sha256: row["sha256"] as Uint8Array,
    of: Number(row["slices"]),
  }));
}

/** A large file whose slices are all stored. */
export interface SlicedFile {
  readonly seq: number;
  readonly sha256: Uint8Array;
  readonly stat: FreshStat;
  /** Digest of each slice, in order; `wasOf` where it was not stored again but lies under an older name. */
  readonly slices: readonly { readonly sha256: Uint8Array; readonly wasOf?: number }[];
}

/** Commits the file as the sum of its slices: must run inside a transaction. O(slices). */
export function commitSliced(driver: SqlDriver, run: number, file: SlicedFile): void {
  const content = contentId(driver, file.sha256, file.stat.sizeBytes);
  const slice = driver.prepare(
    `INSERT OR REPLACE INTO content_slice (content, n, slice)
    SELECT ?, ?, id FROM content WHERE sha256 = ?`,
  );
  const link = driver.prepare("INSERT OR IGNORE INTO slice_link (seq, n, was_of) VALUES (?, ?, ?)");
  for (const [n, one] of file.slices.entries()) {
    slice.run(content, n, one.sha256);
    if (one.wasOf !== undefined && one.wasOf !== file.slices.length) {
      link.run(file.seq, n, one.wasOf);
    }
  }
  commitEntry(driver, run, file.seq, content, file.stat);
  const own = `SELECT u.id FROM unfinished_file u JOIN pending p ON p.directory = u.directory AND p.name = u.name
    WHERE p.seq = ?`;
  driver.prepare(`DELETE FROM unfinished_slice WHERE file IN (${own})`).run(file.seq);
  driver.prepare(`DELETE FROM unfinished_file WHERE id IN (${own})`).run(file.seq);
}
