import type { SqlDriver } from "@coldstow/catalogue";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import type { Spool } from "../run/spool.ts";
import type { VerifyFindings } from "./verify-findings.ts";
import type { VerifyPool } from "./verify-pool.ts";

/** What every part of a verification works with. */
export interface VerifyContext {
  readonly archive: Archive;
  readonly driver: SqlDriver;
  readonly archiveId: string;
  /** Those that are looked at, by their id. */
  readonly destinations: ReadonlyMap<number, OpenDestination>;
  readonly findings: VerifyFindings;
  readonly pool: VerifyPool;
  readonly spool: Spool;
  readonly signal: AbortSignal | undefined;
}
