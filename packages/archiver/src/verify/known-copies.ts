import {
  nsColumn,
  nsOrNull,
  type CopyState,
  type SqlDriver,
  type SqlRow,
  type VerificationLevel,
} from "@coldstow/catalogue";
import type { ColdState } from "@coldstow/contracts";

/** A pack as verification needs to know it. */
export interface KnownPack {
  readonly id: number;
  readonly run: number;
  readonly number: number;
  readonly key: string;
  readonly format: "tar" | "tar.zst" | "pyarchiver";
  readonly sealed: boolean;
  readonly sizeBytes: number | undefined;
  readonly sha256: Uint8Array | undefined;
  readonly tarBytes: number | undefined;
}

/** A copy that the catalogue knows, with what its destination lists under the key. */
export interface KnownCopy {
  readonly pack: KnownPack;
  readonly destination: number;
  readonly state: CopyState;
  /** What the store said when it took the object: `algorithm:hex`. */
  readonly remoteDigest: string | undefined;
  readonly verifiedNs: bigint | null;
  readonly verifiedLevel: VerificationLevel | undefined;
  /** Undefined where nothing is listed. */
  readonly seen: SeenObject | undefined;
}

export interface SeenObject {
  readonly sizeBytes: number;
  readonly digest: string | undefined;
  readonly state: ColdState | undefined;
}

const pagePacks = 200;

/**
 * The copies that should be there, pack by pack in the order of the keys; `seen_object` must be
 * filled. Memory: a page of 200 packs.
 */
export function* knownCopies(
  driver: SqlDriver,
  destinations: ReadonlySet<number>,
): Generator<readonly KnownCopy[]> {
  const lastKey = driver.prepare(
    `SELECT max(key) AS key FROM
      (SELECT key FROM pack WHERE state = 'stored' AND key > ? ORDER BY key LIMIT ${pagePacks})`,
  );
  const copies = driver.prepare(
    `SELECT p.id AS id, p.run AS run, p.number AS number, p.key AS key, p.format AS format,
      p.sealed AS sealed, p.size AS size, p.sha256 AS sha256, p.tar_size AS tar_size,
      c.destination AS destination, c.state AS state, c.remote_digest AS remote_digest,
      ${nsColumn("c.verified_ns", "verified")}, c.verified_level AS verified_level,
      s.size AS seen_size, s.digest AS seen_digest, s.state AS seen_state
    FROM pack p JOIN copy c ON c.pack = p.id
      LEFT JOIN temp.seen_object s ON s.destination = c.destination AND s.key = p.key
    WHERE p.state = 'stored' AND p.key > ? AND p.key <= ? AND c.state <> 'deleted'
    ORDER BY p.key, c.destination`,
  );
  for (let after = ""; ;) {
    const last = lastKey.get(after)?.["key"];
    if (typeof last !== "string") return;
    let group: KnownCopy[] = [];
    for (const row of copies.all(after, last)) {
      if (!destinations.has(Number(row["destination"]))) continue;
      const copy = copyFrom(row);
      if (group[0] !== undefined && group[0].pack.id !== copy.pack.id) {
        yield group;
        group = [];
      }
      group.push(copy);
    }
    if (group.length > 0) yield group;
    after = last;
  }
}

function copyFrom(row: SqlRow): KnownCopy {
  const { size, sha256, tar_size: tarSize, seen_size: seenSize } = row;
  return {
    pack: {
      id: Number(row["id"]),
      run: Number(row["run"]),
      number: Number(row["number"]),
      key: String(row["key"]),
      format: row["format"] as KnownPack["format"],
      sealed: row["sealed"] !== 0,
      sizeBytes: typeof size === "number" ? size : undefined,
      sha256: sha256 instanceof Uint8Array ? sha256 : undefined,
      tarBytes: typeof tarSize === "number" ? tarSize : undefined,
    },
    destination: Number(row["destination"]),
    state: row["state"] as CopyState,
    remoteDigest: text(row["remote_digest"]),
    verifiedNs: nsOrNull(row["verified"]),
    verifiedLevel: text(row["verified_level"]) as VerificationLevel | undefined,
    seen:
      typeof seenSize === "number"
        ? {
            sizeBytes: seenSize,
            digest: text(row["seen_digest"]),
            state: text(row["seen_state"]) as ColdState | undefined,
          }
        : undefined,
  };
}

function text(value: SqlRow[string] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
