import type { Selection } from "@coldstow/catalogue";
import type { Archive } from "../archive/archive.ts";
import type { ThawJob } from "../thaw/thaw-job.ts";
import type { Spool } from "../run/spool.ts";
import type { KeptFiles } from "./kept-files.ts";
import type { NameOutcome } from "./restore-job.ts";
import type { RestoreOptions } from "./restore-options.ts";
import type { SafeTree } from "./safe-tree.ts";

/** What every step of a restore works with. */
export interface RestoreParts {
  readonly archive: Archive;
  readonly options: RestoreOptions;
  readonly selection: Selection;
  readonly spool: Spool;
  readonly tree: SafeTree;
  /** Nothing was at the destination when the restore began. */
  readonly fresh: boolean;
  /** Where destinations have frozen packs. */
  readonly thaw: ThawJob | undefined;
  /** Half-made files that a later process goes on with; undefined while none is needed. */
  readonly kept: () => KeptFiles | undefined;
  /** Counts an outcome, and reports one that is not as it should be. */
  readonly tell: (outcome: NameOutcome) => void;
}
