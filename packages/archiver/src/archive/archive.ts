import type { Catalogue } from "@coldstow/catalogue";
import type { ProgressSink, StorageBackend } from "@coldstow/contracts";
import type { ArchiveSettings } from "../settings/archive-settings.ts";

/** A destination that is open for work. */
export interface OpenDestination {
  /** Its id in the catalogue. */
  readonly id: number;
  /** As in the ini: `local`, `sftp:nas`. */
  readonly name: string;
  /** For people; no secret in it. */
  readonly title: string;
  /** Where it lies in this machine's file system, if it does: never archived itself. */
  readonly localPath?: string;
  readonly backend: StorageBackend;
}

/** An archive with all that a command needs to work on it. */
export interface Archive {
  /** The catalogue's file, `NAME.archive`. */
  readonly path: string;
  readonly catalogue: Catalogue;
  readonly settings: ArchiveSettings;
  readonly destinations: readonly OpenDestination[];
}

/** How an operation is to be done and whom it tells. */
export interface WorkOptions {
  readonly progress: ProgressSink;
  /** Worker threads; default: as many as the machine has cores, at most 8. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}
