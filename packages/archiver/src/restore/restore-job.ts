import type { ErrorCode } from "@coldstow/contracts";
import type { PackFile } from "../pack/read-pack.ts";
import type { OnExisting } from "./safe-tree.ts";

/** A name that a content is to have. */
export interface RestoreName {
  readonly path: string;
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly linkGroup: string | null;
}

/** A content, or a slice of one, that is read from a pack. */
export interface RestorePiece {
  readonly offset: number;
  readonly storedBytes: number;
  readonly sparse: boolean;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly to:
    | {
        /** The whole content: written and given its names. The first is written, the others follow. */
        readonly type: "names";
        readonly names: readonly RestoreName[];
      }
    | {
        /** A slice: written into a file that is there already. */
        readonly type: "slice";
        readonly temporary: string;
        readonly startByte: number;
        readonly path: string;
      };
}

export interface RestoreJob {
  readonly pack: PackFile;
  /** In the order of their offsets. */
  readonly pieces: readonly RestorePiece[];
}

/** What a restore worker is told once. */
export interface RestoreWorkerData {
  readonly root: string;
  readonly onExisting: OnExisting;
  readonly identities: readonly string[];
  /** Bytes and files written by all workers, as 64-bit integers. */
  readonly progress: BigInt64Array<SharedArrayBuffer>;
  readonly cancelled: Int32Array<SharedArrayBuffer>;
}

export interface NameOutcome {
  readonly path: string;
  readonly outcome: "restored" | "unchanged" | "skipped" | "damaged" | "failed";
  readonly code?: ErrorCode;
  readonly message?: string;
}

/** What a worker posts when a job is done. */
export interface RestoreReply {
  /** All but the restored names, which are only counted. */
  readonly outcomes: readonly NameOutcome[];
  readonly restored: number;
  /** The pack cannot be read to its end; these pieces, by index, were not written. */
  readonly failed?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly pieces: readonly number[];
  };
}
