import type { SqlDriver, SqlRow } from "@coldstow/catalogue";
import { partPath, type ManifestPart } from "../manifest/index.ts";
import { pathColumn } from "./rebuilt-entries.ts";

/** What lines of manifests told of a file that is stored in slices. */
export interface SlicedVersion {
  readonly path: string;
  readonly sizeBytes: number;
  readonly of: number;
  /** Of the whole, where a line gave it. */
  readonly sha256: Uint8Array | undefined;
  readonly mtimeNs: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: number | undefined;
}

type Stamp = Pick<SlicedVersion, "mtimeNs" | "mode" | "uid" | "gid" | "inode">;

/**
 * Gathers the slices of large files over packs and runs. A slice that a later version did not change
 * is only in an earlier pack, so the newest slice of each position is the one that counts. Kept in
 * temporary tables.
 */
export class SlicedVersions {
  readonly #driver: SqlDriver;

  constructor(driver: SqlDriver) {
    this.#driver = driver;
    driver.exec(`
      CREATE TEMP TABLE IF NOT EXISTS recover_slice (path BLOB, n INTEGER, content INTEGER, size INTEGER,
        PRIMARY KEY (path, n)) WITHOUT ROWID;
      CREATE TEMP TABLE IF NOT EXISTS recover_sliced (path BLOB PRIMARY KEY, size INTEGER, slices INTEGER,
        sha256 BLOB, mtime_ns INTEGER, mode INTEGER, uid INTEGER, gid INTEGER, inode INTEGER) WITHOUT ROWID;`);
  }

  /** Notes a slice: `content` is its own, of so many bytes. */
  add(part: ManifestPart, content: number, sizeBytes: number, stamp: Stamp): void {
    const { whole, n, of } = part;
    const path = pathColumn.to(whole.path);
    this.#driver
      .prepare("INSERT OR REPLACE INTO recover_slice (path, n, content, size) VALUES (?, ?, ?, ?)")
      .run(path, n, content, sizeBytes);
    const sha256 = whole.sha256 === undefined ? null : Buffer.from(whole.sha256, "hex");
    this.#driver
      .prepare(
        `INSERT OR REPLACE INTO recover_sliced (path, size, slices, sha256, mtime_ns, mode, uid, gid, inode)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        path,
        whole.sizeBytes,
        of,
        sha256,
        stamp.mtimeNs,
        stamp.mode,
        stamp.uid,
        stamp.gid,
        stamp.inode ?? null,
      );
  }

  /** The catalogue knows slices of the path's version: they count until newer ones are told. */
  seed(path: string, content: number | undefined): void {
    if (content === undefined) return;
    const bytes = pathColumn.to(path);
    this.#driver
      .prepare(
        `INSERT INTO recover_slice (path, n, content, size)
         SELECT ?1, s.n + 1, s.slice, c.size FROM content_slice s JOIN content c ON c.id = s.slice
         WHERE s.content = ?2 AND NOT EXISTS (SELECT 1 FROM recover_slice r WHERE r.path = ?1)`,
      )
      .run(bytes, content);
  }

  /**
   * A line gave the whole's digest apart from its slices.
   * @returns false where no slices of such a file are known
   */
  describe(path: string, sizeBytes: number, sha256: Uint8Array, stamp: Stamp): boolean {
    const bytes = pathColumn.to(path);
    if (this.slicesOf(path, sizeBytes) === undefined) return false;
    this.#driver
      .prepare(
        `INSERT OR REPLACE INTO recover_sliced (path, size, slices, sha256, mtime_ns, mode, uid, gid, inode)
         SELECT ?1, ?2, count(*), ?3, ?4, ?5, ?6, ?7, ?8 FROM recover_slice WHERE path = ?1`,
      )
      .run(
        bytes,
        sizeBytes,
        sha256,
        stamp.mtimeNs,
        stamp.mode,
        stamp.uid,
        stamp.gid,
        stamp.inode ?? null,
      );
    return true;
  }

  /** Contents of the slices in order, if together they have that size. O(slices). */
  slicesOf(path: string, sizeBytes: number): number[] | undefined {
    const contents: number[] = [];
    let sum = 0;
    const rows = this.#driver
      .prepare("SELECT n, content, size FROM recover_slice WHERE path = ? ORDER BY n")
      .iterate(pathColumn.to(path));
    for (const row of rows) {
      if (Number(row["n"]) !== contents.length + 1 || sum >= sizeBytes) break;
      contents.push(Number(row["content"]));
      sum += Number(row["size"]);
    }
    return sum === sizeBytes && contents.length > 1 ? contents : undefined;
  }

  /** Versions that still wait for their slices or their end of run. */
  *waiting(): Generator<SlicedVersion> {
    const rows = this.#driver
      .prepare(
        `SELECT path, size, slices, sha256, CAST(mtime_ns AS TEXT) AS mtime, mode, uid, gid, inode
         FROM recover_sliced ORDER BY path`,
      )
      .all();
    for (const row of rows) yield versionFrom(row);
  }

  /** The version is complete, or given up. */
  forget(path: string): void {
    this.#driver.prepare("DELETE FROM recover_sliced WHERE path = ?").run(pathColumn.to(path));
  }

  /** Which slice of a file that is known to be cut a member's name stands for. O(such files). */
  partNamed(member: string): ManifestPart | undefined {
    const match = /\.part-(\d{6,})-of-(\d{6,})$/u.exec(member);
    if (match === null) return undefined;
    const [n, of] = [Number(match[1]), Number(match[2])];
    for (const version of this.waiting()) {
      if (version.of !== of || n < 1 || n > of || partPath(version.path, n, of) !== member)
        continue;
      const { path, sizeBytes } = version;
      return { n, of, whole: { path, sizeBytes } };
    }
    return undefined;
  }
}

function versionFrom(row: SqlRow): SlicedVersion {
  const { sha256, inode } = row;
  return {
    path: pathColumn.from(row["path"]),
    sizeBytes: Number(row["size"]),
    of: Number(row["slices"]),
    sha256: sha256 instanceof Uint8Array ? sha256 : undefined,
    mtimeNs: BigInt(String(row["mtime"])),
    mode: Number(row["mode"]),
    uid: Number(row["uid"]),
    gid: Number(row["gid"]),
    inode: typeof inode === "number" ? inode : undefined,
  };
}
