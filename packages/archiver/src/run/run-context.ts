import type { RunJournal } from "@coldstow/catalogue/journal";
import type { ProgressSink } from "@coldstow/contracts";
import type { Archive } from "../archive/archive.ts";
import type { CatchUp } from "./catch-up.ts";
import type { RunReport } from "./run-report.ts";
import type { Spool } from "./spool.ts";
import type { Uploads } from "./uploads.ts";

/** What every phase of a run works with. */
export interface RunContext {
  readonly archive: Archive;
  readonly archiveId: string;
  /** age recipients of packs; none where the archive is not encrypted. */
  readonly recipients: readonly string[];
  /** The directory that is archived, absolute. */
  readonly root: string;
  readonly journal: RunJournal;
  readonly report: RunReport;
  readonly spool: Spool;
  readonly uploads: Uploads;
  readonly catchUp: CatchUp;
  readonly progress: ProgressSink;
  readonly workers: number;
  /** Believe an empty tree, although the archive knows files. */
  readonly allowEmpty: boolean;
  readonly signal: AbortSignal | undefined;
}
