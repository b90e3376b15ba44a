import {
  ensureDirectory,
  nsColumn,
  nsFrom,
  type SqlDriver,
  type SqlRow,
} from "@coldstow/catalogue";
import { nameFromBytes, nameToBytes } from "@coldstow/contracts";
import { splitLast } from "./fill-catalogue.ts";

/** What reading the tars changed in the catalogue. */
export interface IndexFigures {
  /** Files that are in a tar as the state says. */
  readonly proven: number;
  /** Files of which the tars hold another version than the state says: the tars are right. */
  readonly corrected: number;
  /** Files that the state does not know, deleted ones for example. */
  readonly found: number;
  /** Files of the state that no tar holds: they count as stored no longer. */
  readonly lost: number;
}

const nsPerSecond = 1_000_000_000n;

/**
 * Puts what the TEMP tables of `IndexTables` hold into the catalogue, in one transaction
 * (docs/formats/pyarchiver.md §6). O(files · depth).
 * @param run the run that the update made
 */
export function applyIndex(driver: SqlDriver, run: number): IndexFigures {
  return driver.transaction(() => {
    driver.exec(`
      INSERT INTO content (sha256, size) SELECT DISTINCT sha256, size FROM py_place WHERE true
        ON CONFLICT (sha256) DO NOTHING;
      INSERT INTO placement (content, pack, offset, length)
        SELECT c.id, p.pack, p.offset, p.size FROM py_place p JOIN content c ON c.sha256 = p.sha256
        WHERE true ON CONFLICT (content, pack)
          DO UPDATE SET offset = excluded.offset, length = excluded.length;
      UPDATE pack SET size = t.size, sha256 = t.sha256 FROM py_tar t
        WHERE pack.id = t.pack AND t.state = 'whole';
      UPDATE copy SET state = CASE t.state WHEN 'whole' THEN 'stored' ELSE t.state END
        FROM py_tar t WHERE copy.pack = t.pack;
    `);
    const counts = { proven: 0, corrected: 0, found: 0 };
    for (const row of filesOfTars(driver)) counts[applyFile(driver, run, row)] += 1;
    const lost = driver
      .prepare("DELETE FROM entry WHERE first_run = ? AND kind = 'file' AND content IS NULL")
      .run(run).changes;
    return { ...counts, lost };
  });
}

function filesOfTars(driver: SqlDriver): IterableIterator<SqlRow> {
  return driver
    .prepare(
      `SELECT f.path AS path, c.id AS content, f.size AS size, ${nsColumn("f.mtime_ns", "mtime")},
         f.mode AS mode, f.uid AS uid, f.gid AS gid
       FROM py_file f JOIN content c ON c.sha256 = f.sha256 ORDER BY f.path`,
    )
    .iterate();
}

function applyFile(driver: SqlDriver, run: number, row: SqlRow): "proven" | "corrected" | "found" {
  const [folder, name] = splitLast(nameFromBytes(row["path"] as Uint8Array));
  const directory = ensureDirectory(driver, folder);
  const bytes = nameToBytes(name);
  const known = driver
    .prepare(
      `SELECT id, size, ctime_ns = 0 AS bare, ${nsColumn("mtime_ns", "mtime")} FROM entry
       WHERE directory = ? AND name = ? AND first_run = ?`,
    )
    .get(directory, bytes, run);
  const mtimeNs = nsFrom(row["mtime"]);
  const { size = null, mode = null, uid = null, gid = null, content = null } = row;
  if (known === undefined) {
    driver
      .prepare(
        `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, content,
           first_run, end_run)
         VALUES (?1, ?2, 'file', ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9,
           coalesce((SELECT min(first_run) FROM entry WHERE directory = ?1 AND name = ?2),
             (SELECT min(id) FROM run WHERE id > ?9)))`,
      )
      .run(directory, bytes, size, mtimeNs, mode, uid, gid, content, run);
    return "found";
  }
  const id = known["id"] ?? null;
  const same = known["size"] === size && seconds(nsFrom(known["mtime"])) === seconds(mtimeNs);
  // A scan has completed it since: what that saw is more exact than what the tar says.
  if (same && known["bare"] !== 1) {
    driver.prepare("UPDATE entry SET content = ? WHERE id = ?").run(content, id);
    return "proven";
  }
  driver
    .prepare(
      `UPDATE entry SET size = ?, mtime_ns = ?, ctime_ns = 0, mode = ?, uid = ?, gid = ?, content = ?
       WHERE id = ?`,
    )
    .run(size, mtimeNs, mode, uid, gid, content, id);
  return same ? "proven" : "corrected";
}

function seconds(ns: bigint): bigint {
  const rest = ns % nsPerSecond;
  return (ns - (rest < 0n ? rest + nsPerSecond : rest)) / nsPerSecond;
}
