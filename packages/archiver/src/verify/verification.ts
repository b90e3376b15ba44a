import type { ErrorCode } from "@coldstow/contracts";
import type { WorkOptions } from "../archive/archive.ts";

/**
 * How closely copies are looked at; each level includes those before it.
 *
 * - `exists`: the object is listed. `size`: it has the size that was stored.
 * - `digest`: every byte is read and hashed; where reading is not free, the store's own digest counts.
 * - `decrypt`: every chunk is authenticated, and every member compared with manifest and catalogue.
 * - `sample`: `decrypt` for a random share of the packs, `size` for the rest.
 */
export type VerifyLevel = "exists" | "size" | "digest" | "decrypt" | "sample";

export interface VerifyOptions extends WorkOptions {
  readonly level: VerifyLevel;
  /** age identities; needed for `decrypt` and `sample` of an archive that is encrypted. */
  readonly keys?: readonly string[];
  /** Names of the destinations to look at; all of them if not given. */
  readonly destinations?: readonly string[];
  /** For `sample`: share of the packs, above 0 and at most 1; 0.05 if not given, one pack at least. */
  readonly sampleShare?: number;
  /** For `sample`: the seed of an earlier report chooses the same packs. */
  readonly seed?: string;
  /** Copies that were verified as closely within so many days are not read again. */
  readonly maxAgeDays?: number;
}

/**
 * What is wrong. `swapped`: the object is another pack of this archive. `foreign`: it belongs to
 * another archive. `unknown object`: the catalogue does not know it. `catalogue`: the catalogue
 * contradicts itself.
 */
export type Problem =
  | "missing"
  | "truncated"
  | "damaged"
  | "swapped"
  | "foreign"
  | "unknown object"
  | "catalogue";

export interface Finding {
  readonly problem: Problem;
  readonly code: ErrorCode;
  /** The object's key; the archive's path where its catalogue is meant. */
  readonly key: string;
  /** Name of the destination; undefined where the catalogue is meant. */
  readonly destination: string | undefined;
  readonly message: string;
  /** Paths of which some version lies in what is damaged. */
  readonly filesAffected: number;
  /** A few of those paths, for people. */
  readonly paths: readonly string[];
  /** What heals it. */
  readonly hint: string;
}

/** Something that could not be looked at, so that nothing is known of it. */
export interface Unchecked {
  /** The object's key; undefined where the whole destination is meant. */
  readonly key: string | undefined;
  readonly destination: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface VerifyReport {
  readonly level: VerifyLevel;
  /** The seed of a `sample`. */
  readonly seed: string | undefined;
  /** Packs of which at least one copy was looked at. */
  readonly packs: number;
  readonly copies: number;
  /** Copies of which every byte was read and found right. */
  readonly copiesRead: number;
  /** Bytes of objects that were read. */
  readonly bytes: number;
  /** The first 1000 findings; each was also told as a progress event. */
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  /** Sum of the findings' files; a file in two bad copies counts twice. */
  readonly filesAffected: number;
  /** The first 1000 of what could not be looked at. */
  readonly unchecked: readonly Unchecked[];
  readonly uncheckedTotal: number;
  /** Copies that were not read because they are frozen or reading costs money. */
  readonly copiesNotRead: number;
  /** Sentences on what was left out, and why. */
  readonly notes: readonly string[];
}

/** The level at which one copy is looked at. */
export type CopyLevel = Exclude<VerifyLevel, "sample">;

const ranks: Readonly<Record<VerifyLevel, number>> = {
  exists: 0,
  size: 1,
  sample: 1,
  digest: 2,
  decrypt: 3,
};

/** True where `level` looks as closely as `wanted`. */
export function reaches(level: VerifyLevel, wanted: VerifyLevel): boolean {
  return ranks[level] >= ranks[wanted];
}
