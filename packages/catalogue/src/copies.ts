import { ColdstowError } from "@coldstow/contracts";
import type { SqlDriver, SqlRow } from "./driver.ts";
import { pageLimit, pageOf, type Page } from "./page.ts";
import { nsColumn, nsFrom, nsOrNull } from "./time-ns.ts";

export type CopyState = "stored" | "missing" | "damaged" | "deleted";
export type VerificationLevel = "exists" | "size" | "digest" | "decrypt" | "sample";

/** One replica of a pack on a destination. */
export interface Copy {
  readonly pack: number;
  readonly destination: number;
  readonly state: CopyState;
  /** What the store said of the bytes it holds: "md5:…" or "sha256:…". */
  readonly remoteDigest: string | null;
  readonly storedNs: bigint;
  readonly verifiedNs: bigint | null;
  readonly verifiedLevel: VerificationLevel | null;
}

export interface CopyListOptions {
  readonly state?: CopyState;
  /** The pack of the last copy that is known already. */
  readonly after?: number;
  readonly limit?: number;
}

const columns = `pack, destination, state, remote_digest, ${nsColumn("stored_ns", "stored")},
  ${nsColumn("verified_ns", "verified")}, verified_level`;

/** Every copy of a pack, as many as it has destinations. */
export function copiesOfPack(driver: SqlDriver, pack: number): Copy[] {
  return driver
    .prepare(`SELECT ${columns} FROM copy WHERE pack = ? ORDER BY destination`)
    .all(pack)
    .map(copyFrom);
}

/** The copies on a destination, by pack. */
export function copiesOnDestination(
  driver: SqlDriver,
  destination: number,
  options: CopyListOptions = {},
): Page<Copy, number> {
  const limit = pageLimit(options.limit);
  const state = options.state === undefined ? "" : "AND state = ?4";
  const values = [destination, options.after ?? 0, limit + 1];
  const rows = driver
    .prepare(
      `SELECT ${columns} FROM copy WHERE destination = ?1 AND pack > ?2 ${state} ORDER BY pack LIMIT ?3`,
    )
    .all(...values, ...(options.state === undefined ? [] : [options.state]));
  return pageOf(rows.map(copyFrom), limit, (last) => last.pack);
}

export interface CopyResult {
  readonly state: CopyState;
  readonly remoteDigest?: string | undefined;
  readonly storedNs: bigint;
}

/** Notes the state of a copy, new or known. A copy that is stored anew has not been verified yet. */
export function recordCopy(
  driver: SqlDriver,
  pack: number,
  destination: number,
  result: CopyResult,
): void {
  driver
    .prepare(
      `INSERT INTO copy (pack, destination, state, remote_digest, stored_ns) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (pack, destination) DO UPDATE SET state = excluded.state,
         remote_digest = excluded.remote_digest, stored_ns = excluded.stored_ns,
         verified_ns = NULL, verified_level = NULL`,
    )
    .run(pack, destination, result.state, result.remoteDigest ?? null, result.storedNs);
}

export interface Verification {
  readonly level: VerificationLevel;
  readonly verifiedNs: bigint;
  /** What the copy turned out to be. */
  readonly state: CopyState;
}

/** Notes what looking at a copy showed. @throws {E_NOT_FOUND} if there is no such copy */
export function recordVerification(
  driver: SqlDriver,
  pack: number,
  destination: number,
  seen: Verification,
): void {
  const { changes } = driver
    .prepare(
      `UPDATE copy SET state = ?, verified_ns = ?, verified_level = ? WHERE pack = ? AND destination = ?`,
    )
    .run(seen.state, seen.verifiedNs, seen.level, pack, destination);
  if (changes === 1) return;
  throw new ColdstowError(
    "E_NOT_FOUND",
    `the catalogue knows no copy of pack ${pack} on destination ${destination}; nothing was noted`,
  );
}

function copyFrom(row: SqlRow): Copy {
  const { remote_digest: digest, verified_level: level } = row;
  return {
    pack: Number(row["pack"]),
    destination: Number(row["destination"]),
    state: row["state"] as CopyState,
    remoteDigest: typeof digest === "string" ? digest : null,
    storedNs: nsFrom(row["stored"]),
    verifiedNs: nsOrNull(row["verified"]),
    verifiedLevel: typeof level === "string" ? (level as VerificationLevel) : null,
  };
}
