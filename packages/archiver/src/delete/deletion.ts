import type { ErrorCode } from "@coldstow/contracts";
import type { WorkOptions } from "../archive/archive.ts";

export interface DeleteOptions extends WorkOptions {
  /** Names of the destinations to delete at; all of them if not given. */
  readonly destinations?: readonly string[];
}

/** An object, or a whole destination, at which the archive could not be deleted. */
export interface DeleteFailure {
  /** Undefined where the whole destination is meant. */
  readonly key: string | undefined;
  readonly destination: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface DeleteReport {
  /** Copies of packs that are gone now. */
  readonly copies: number;
  /** Of those copies, as the catalogue knows their size. */
  readonly bytes: number;
  /** Packs of which no destination has a copy any more. */
  readonly packs: number;
  readonly catalogueCopies: number;
  /** Destinations that keep the recovery note and identity.age, because objects of others lie there. */
  readonly shared: readonly string[];
  /** The first 1000; the same call again tries those again. */
  readonly failures: readonly DeleteFailure[];
  readonly failuresTotal: number;
}
