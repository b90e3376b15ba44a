import type { WorkOptions } from "../archive/archive.ts";
import type { OnExisting } from "./safe-tree.ts";

export interface RestoreOptions extends WorkOptions {
  /** Where the tree's relative paths are put; made if it is not there. */
  readonly destination: string;
  /** Identities that open the packs (`AGE-SECRET-KEY-1…`); none for an archive that is not encrypted. */
  readonly identities: readonly string[];
  /** As of which run; default: the newest. */
  readonly run?: number;
  /** Paths or patterns; everything if absent. */
  readonly select?: readonly string[];
  readonly onExisting?: OnExisting;
}

export interface RestoreResult {
  readonly restored: number;
  /** There already, with the same size and time. */
  readonly unchanged: number;
  /** Something else is in their place, and it was kept. */
  readonly skipped: number;
  /** Damaged or missing in every copy, or impossible to write here. */
  readonly failed: number;
  readonly bytes: number;
}
