import type { SqlDriver, SqlRow } from "./driver.ts";
import { pageLimit, pageOf, type Page } from "./page.ts";
import { nsColumn, nsFrom } from "./time-ns.ts";

export interface Pack {
  readonly id: number;
  readonly run: number;
  readonly number: number;
  /** The object key. */
  readonly key: string;
  readonly format: "tar" | "tar.zst" | "pyarchiver";
  /** It lies in an age envelope (or in pyArchiver's cipher). */
  readonly sealed: boolean;
  readonly state: "planned" | "stored" | "deleted";
  /** Of the object as it is stored; null while planned. */
  readonly sizeBytes: number | null;
  readonly sha256: Uint8Array | null;
  /** Of the tar inside, before compression and envelope. */
  readonly tarBytes: number | null;
  readonly createdNs: bigint;
}

export interface PackListOptions {
  /** The id of the last pack that is known already. */
  readonly after?: number;
  readonly limit?: number;
  readonly state?: Pack["state"];
}

const columns = `p.id AS id, p.run AS run, p.number AS number, p.key AS key, p.format AS format, p.sealed AS sealed,
  p.state AS state, p.size AS size, p.sha256 AS sha256, p.tar_size AS tar_size, ${nsColumn("p.created_ns", "created")}`;

/** Packs in the order of their keys, which is the order in which they were written. */
export function listPacks(driver: SqlDriver, options: PackListOptions = {}): Page<Pack, number> {
  const limit = pageLimit(options.limit);
  const rows = driver
    .prepare(
      `SELECT ${columns} FROM pack p
       WHERE p.key > coalesce((SELECT key FROM pack WHERE id = ?1), '') AND (?2 IS NULL OR p.state = ?2)
       ORDER BY p.key LIMIT ?3`,
    )
    .all(options.after ?? null, options.state ?? null, limit + 1);
  return pageOf(rows.map(packFrom), limit, (last) => last.id);
}

export function getPack(driver: SqlDriver, id: number): Pack | undefined {
  const row = driver.prepare(`SELECT ${columns} FROM pack p WHERE p.id = ?`).get(id);
  return row === undefined ? undefined : packFrom(row);
}

/** The pack whose object has this key. */
export function packByKey(driver: SqlDriver, key: string): Pack | undefined {
  const row = driver.prepare(`SELECT ${columns} FROM pack p WHERE p.key = ?`).get(key);
  return row === undefined ? undefined : packFrom(row);
}

/** Stored packs without a good copy on a destination, in key order. O(packs) a page. */
export function packsWithoutCopy(
  driver: SqlDriver,
  destination: number,
  after: number,
  limit: number,
): Pack[] {
  return driver
    .prepare(
      `SELECT ${columns} FROM pack p WHERE p.state = 'stored' AND p.format <> 'pyarchiver' AND p.id > ?
        AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.pack = p.id AND c.destination = ?
          AND c.state = 'stored') ORDER BY p.id LIMIT ?`,
    )
    .all(after, destination, limit)
    .map(packFrom);
}

export interface PackTotals {
  readonly packs: number;
  /** Of the objects, as they are stored. */
  readonly bytes: number;
}

/** How many packs are stored, and their size. O(packs). */
export function packTotals(driver: SqlDriver): PackTotals {
  const row = driver
    .prepare("SELECT count(*) AS n, coalesce(sum(size), 0) AS b FROM pack WHERE state = 'stored'")
    .get();
  return { packs: Number(row?.["n"]), bytes: Number(row?.["b"]) };
}

function packFrom(row: SqlRow): Pack {
  const { size, sha256, tar_size: tarSize } = row;
  return {
    id: Number(row["id"]),
    run: Number(row["run"]),
    number: Number(row["number"]),
    key: String(row["key"]),
    format: row["format"] as Pack["format"],
    sealed: row["sealed"] !== 0,
    state: row["state"] as Pack["state"],
    sizeBytes: typeof size === "number" ? size : null,
    sha256: sha256 instanceof Uint8Array ? sha256 : null,
    tarBytes: typeof tarSize === "number" ? tarSize : null,
    createdNs: nsFrom(row["created"]),
  };
}
