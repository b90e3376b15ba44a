import { ColdstowError } from "@coldstow/contracts";
import type { SqlDriver } from "../driver.ts";
import { dropUnfinished, oweSliceLink, pathOfPending } from "./owed-names.ts";
import { commitEntry, contentId, noteStored } from "./packs.ts";
import type { FreshStat } from "./pending.ts";

/** A slice that need not be stored again if its bytes are still these. */
export interface KnownSlice {
  readonly n: number;
  readonly sha256: Uint8Array;
  /** Into how many slices the file was cut then: the name of the stored slice has this number. */
  readonly of: number;
}

/**
 * Slices that earlier runs stored for this file: those of a run that was cut, and those of the file's
 * former version, unless one of the cut run has taken their name. O(slices).
 */
export function knownSlices(driver: SqlDriver, seq: number): KnownSlice[] {
  const rows = driver
    .prepare(
      `WITH unfinished AS (
        SELECT s.n AS n, s.slice AS slice, s.slices AS slices FROM pending p
          JOIN unfinished_file u ON u.directory = p.directory AND u.name = p.name
          JOIN unfinished_slice s ON s.file = u.id
        WHERE p.seq = ?1),
      former AS (
        SELECT s.n AS n, s.slice AS slice,
          (SELECT count(*) FROM content_slice t WHERE t.content = e.content) AS slices
        FROM pending p JOIN entry e ON e.id = p.previous JOIN content_slice s ON s.content = e.content
        WHERE p.seq = ?1)
      SELECT k.n AS n, c.sha256 AS sha256, k.slices AS slices
      FROM (SELECT * FROM unfinished UNION ALL SELECT * FROM former f WHERE NOT EXISTS
          (SELECT 1 FROM unfinished u WHERE u.n = f.n AND u.slices = f.slices)) AS k
        JOIN content c ON c.id = k.slice
      WHERE k.slice NOT IN (SELECT content FROM lost WHERE stored = 0) ORDER BY k.n`,
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

/**
 * Commits the file as the sum of its slices: must run inside a transaction. O(slices).
 * @throws {E_INTERNAL} if a slice is not stored: a file with a gap must never count as kept
 */
export function commitSliced(driver: SqlDriver, run: number, file: SlicedFile): void {
  const content = contentId(driver, file.sha256, file.stat.sizeBytes);
  const of = file.slices.length;
  const at = pathOfPending(driver, file.seq);
  driver.prepare("DELETE FROM content_slice WHERE content = ?").run(content);
  const add = driver.prepare(
    `INSERT INTO content_slice (content, n, slice) SELECT ?, ?, c.id FROM content c
    WHERE c.sha256 = ? AND EXISTS (SELECT 1 FROM placement p WHERE p.content = c.id)`,
  );
  for (const [n, one] of file.slices.entries()) {
    if (add.run(content, n, one.sha256).changes !== 1) {
      throw new ColdstowError("E_INTERNAL", `Slice ${n + 1} of ${of} of a file was not stored.`);
    }
    if (one.wasOf !== undefined && one.wasOf !== of) {
      oweSliceLink(driver, at, n, of, one.wasOf);
    }
  }
  noteStored(driver, content);
  dropUnfinished(driver, at, of);
  commitEntry(driver, run, file.seq, content, file.stat, of);
  // Only the last slice's line in a manifest names the whole: without it, the closing pack must.
  if (file.slices.at(-1)?.wasOf !== undefined) {
    driver.prepare("UPDATE pending SET untold = 1 WHERE seq = ?").run(file.seq);
  }
}
