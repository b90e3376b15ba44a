import { nameFromBytes, nameToBytes } from "@coldstow/contracts";
import type { SqlDriver, SqlRow, SqlStatement } from "../driver.ts";
import { entryKinds, numbersPerChild, type ScannedDirectory } from "./scanned.ts";

/** What the comparison of directories found so far. */
export interface ComparisonCounts {
  unchangedFiles: number;
  unchangedBytes: number;
  changed: number;
  vanished: number;
}

interface Statements {
  readonly current: SqlStatement;
  readonly addDirectory: SqlStatement;
  readonly findDirectory: SqlStatement;
  readonly pend: SqlStatement;
  readonly vanish: SqlStatement;
  readonly vanishBelow: SqlStatement;
  readonly early: SqlStatement;
  readonly earlyBelow: SqlStatement;
  readonly complete: SqlStatement;
}

const currentBelow = `WITH RECURSIVE below (id) AS (
      SELECT id FROM directory WHERE parent = ? AND name = ?
      UNION ALL SELECT d.id FROM directory d JOIN below ON d.parent = below.id
    )
    SELECT e.id FROM entry e JOIN below ON e.directory = below.id WHERE e.end_run IS NULL`;

const queries: Record<keyof Statements, string> = {
  // Times come as two halves of 32 bits: numbers are compared faster than bigints are made.
  current: `SELECT e.id, e.name, e.kind, e.size, e.mode, e.uid, e.gid, e.device, e.inode, e.unstable,
      e.mtime_ns & 4294967295 AS mtime_low, e.mtime_ns >> 32 AS mtime_high,
      e.ctime_ns & 4294967295 AS ctime_low, e.ctime_ns >> 32 AS ctime_high,
      (SELECT d.id FROM directory d
        WHERE e.kind = 'directory' AND d.parent = e.directory AND d.name = e.name) AS child,
      e.content IN (SELECT content FROM lost) AS lost,
      e.kind <> 'file' AND e.first_run IN (SELECT run FROM lost_run) AS unsaid,
      e.ctime_ns = 0 AND e.first_run IN (SELECT id FROM run WHERE kind = 'update') AS converted
    FROM entry e WHERE e.directory = ? AND e.end_run IS NULL`,
  addDirectory: "INSERT INTO directory (parent, name) VALUES (?, ?) ON CONFLICT DO NOTHING",
  findDirectory: "SELECT id FROM directory WHERE parent = ? AND name = ?",
  pend: `INSERT INTO pending (directory, name, kind, size, allocated, mtime_ns, ctime_ns, mode, uid, gid,
      device, inode, target, previous) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  vanish: "INSERT OR IGNORE INTO vanished (entry) VALUES (?)",
  vanishBelow: `INSERT OR IGNORE INTO vanished (entry) ${currentBelow}`,
  early: "INSERT OR IGNORE INTO early (entry) VALUES (?)",
  earlyBelow: `INSERT OR IGNORE INTO early (entry) ${currentBelow}`,
  complete: `UPDATE entry SET mtime_ns = ?, ctime_ns = ?, mode = ?, uid = ?, gid = ?, device = ?, inode = ?
    WHERE id = ?`,
};

/**
 * Compares scanned directories, parents before children, with the catalogue's current entries, and
 * queues in TEMP tables what is new, changed or gone. O(children) a directory; memory holds one
 * directory's rows and the ids of directories that were seen but not yet compared.
 */
export class Comparison {
  readonly counts: ComparisonCounts = {
    unchangedFiles: 0,
    unchangedBytes: 0,
    changed: 0,
    vanished: 0,
  };
  readonly #statements: Statements;
  readonly #directories = new Map<string, number>([["", 1]]);

  constructor(driver: SqlDriver) {
    const prepared = Object.entries(queries).map(([name, sql]) => [name, driver.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as Statements;
  }

  /** Must run inside a transaction. */
  add(scanned: ScannedDirectory): void {
    const directory = this.#directories.get(scanned.path);
    if (directory === undefined) throw new RangeError(`${scanned.path} before its parent`);
    this.#directories.delete(scanned.path);
    const known = new Map<string, SqlRow>();
    for (const row of this.#statements.current.iterate(directory)) {
      known.set(nameFromBytes(row["name"] as Uint8Array), row);
    }
    for (let child = 0; child < scanned.names.length; child += 1) {
      const name = scanned.names[child] ?? "";
      const row = known.get(name);
      known.delete(name);
      this.#compare(scanned, directory, child, name, row);
    }
    for (const name of scanned.unknown) known.delete(name);
    for (const row of known.values()) this.#gone(directory, row);
  }

  #compare(
    scanned: ScannedDirectory,
    directory: number,
    child: number,
    name: string,
    row: SqlRow | undefined,
  ): void {
    const kind = entryKinds[scanned.kinds[child] ?? 0] ?? "file";
    if (kind === "directory") {
      const path = scanned.path === "" ? name : `${scanned.path}/${name}`;
      this.#directories.set(path, Number(row?.["child"] ?? this.#makeDirectory(directory, name)));
    }
    const sameAsKnown = row !== undefined && isUnchanged(scanned, child, row);
    const sameAsOld = row !== undefined && !sameAsKnown && isUnchangedSinceOld(scanned, child, row);
    if (sameAsOld) this.#complete(scanned, child, row);
    if (sameAsKnown || sameAsOld) {
      if (kind === "file") {
        this.counts.unchangedFiles += 1;
        this.counts.unchangedBytes += Number(row["size"]);
      }
      return;
    }
    this.counts.changed += 1;
    if (row !== undefined && row["kind"] !== kind) this.#kindChanged(directory, row, kind);
    this.#pend(scanned, directory, child, name, row);
  }

  /** Notes what pyArchiver did not, so that later runs compare exactly. */
  #complete(scanned: ScannedDirectory, child: number, row: SqlRow): void {
    const number = (index: number): number => scanned.numbers[child * numbersPerChild + index] ?? 0;
    const grouped = number(7) > 1;
    this.#statements.complete.run(
      scanned.times[child * 2] ?? 0n,
      scanned.times[child * 2 + 1] ?? 0n,
      number(2),
      number(3),
      number(4),
      grouped ? number(5) : null,
      grouped ? number(6) : null,
      Number(row["id"]),
    );
  }

  #makeDirectory(parent: number, name: string): number {
    const bytes = nameToBytes(name);
    const made = this.#statements.addDirectory.run(parent, bytes);
    if (made.changes > 0) return made.lastId;
    return Number(this.#statements.findDirectory.get(parent, bytes)?.["id"]);
  }

  #pend(
    scanned: ScannedDirectory,
    directory: number,
    child: number,
    name: string,
    row: SqlRow | undefined,
  ): void {
    const at = child * numbersPerChild;
    const number = (index: number): number => scanned.numbers[at + index] ?? 0;
    const kind = entryKinds[scanned.kinds[child] ?? 0] ?? "file";
    const grouped = kind !== "directory" && number(7) > 1;
    const target = scanned.targets.get(child);
    this.#statements.pend.run(
      directory,
      nameToBytes(name),
      kind,
      kind === "file" ? number(0) : 0,
      number(1),
      scanned.times[child * 2] ?? 0n,
      scanned.times[child * 2 + 1] ?? 0n,
      number(2),
      number(3),
      number(4),
      grouped ? number(5) : null,
      grouped ? number(6) : null,
      target === undefined ? null : nameToBytes(target),
      row === undefined ? null : Number(row["id"]),
    );
  }

  #gone(directory: number, row: SqlRow): void {
    this.counts.vanished += 1;
    this.#statements.vanish.run(Number(row["id"]));
    if (row["kind"] === "directory") {
      this.#statements.vanishBelow.run(directory, row["name"] as Uint8Array);
    }
  }

  /** A directory in the place of something else, or the reverse: stock tar needs the old one gone first. */
  #kindChanged(directory: number, row: SqlRow, kind: string): void {
    if (kind === "directory" || row["kind"] === "directory") {
      this.#statements.early.run(Number(row["id"]));
    }
    if (row["kind"] === "directory") {
      this.#statements.earlyBelow.run(directory, row["name"] as Uint8Array);
    }
  }
}

function isUnchanged(scanned: ScannedDirectory, child: number, row: SqlRow): boolean {
  const { numbers } = scanned;
  const at = child * numbersPerChild;
  const kind = entryKinds[scanned.kinds[child] ?? 0];
  if (
    row["unsaid"] === 1 ||
    row["kind"] !== kind ||
    row["mode"] !== numbers[at + 2] ||
    row["uid"] !== numbers[at + 3] ||
    row["gid"] !== numbers[at + 4] ||
    !sameTime(scanned.times, child * 2, row["mtime_low"], row["mtime_high"])
  ) {
    return false;
  }
  // A directory's ctime moves with every child; its children are compared themselves.
  if (kind === "directory") return true;
  if (!sameTime(scanned.times, child * 2 + 1, row["ctime_low"], row["ctime_high"])) return false;
  const grouped = (numbers[at + 7] ?? 0) > 1;
  if (row["inode"] !== (grouped ? numbers[at + 6] : null)) return false;
  if (kind === "symlink") return true;
  return row["size"] === numbers[at] && row["unstable"] === 0 && row["lost"] !== 1;
}

/** An entry converted from pyArchiver, of which only size and whole seconds are known. */
function isUnchangedSinceOld(scanned: ScannedDirectory, child: number, row: SqlRow): boolean {
  if (row["converted"] !== 1) return false;
  const isFile = row["kind"] === "file" && scanned.kinds[child] === 0;
  const seconds = (scanned.times[child * 2] ?? 0n) / 1_000_000_000n;
  const known = (BigInt(Number(row["mtime_high"])) << 32n) | BigInt(Number(row["mtime_low"]));
  return (
    isFile &&
    row["size"] === scanned.numbers[child * numbersPerChild] &&
    known / 1_000_000_000n === seconds &&
    row["unstable"] === 0 &&
    row["lost"] !== 1
  );
}

function sameTime(times: BigInt64Array, index: number, low: unknown, high: unknown): boolean {
  const halves = new Int32Array(times.buffer, times.byteOffset + index * 8, 2);
  return (halves[0] ?? 0) >>> 0 === low && halves[1] === high;
}
