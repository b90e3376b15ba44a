import type { KnownSlice, PackedMember, Settlement, FreshStat } from "@coldstow/catalogue/journal";
import type { ErrorCode } from "@coldstow/contracts";
import type { FileColumns } from "./file-columns.ts";
import type { PackTarget, WrittenPack } from "./pack-output.ts";

/** A file that a worker is to read. */
export interface FileTask {
  readonly seq: number;
  readonly path: string;
  /** Hash it before storing: another content has this size. */
  readonly hashFirst: boolean;
  /** Store it whatever is known of its content. */
  readonly forced: boolean;
  /** Given where the file has several names. */
  readonly inode: number | undefined;
}

/** Where a pack goes and what its manifest says of it. */
export interface PackOrder {
  readonly packId: number;
  readonly archiveId: string;
  readonly run: number;
  readonly number: number;
  readonly target: PackTarget;
}

/** Whole files into one pack. */
export interface FilesJob {
  readonly type: "files";
  readonly root: string;
  readonly files: readonly FileTask[];
  readonly order: PackOrder;
}

/** One file too large for a pack; the worker asks for each pack when it needs it. */
export interface SlicesJob {
  readonly type: "slices";
  readonly root: string;
  readonly file: FileTask;
  readonly sliceBytes: number;
  readonly known: readonly KnownSlice[];
}

export type PackJob = FilesJob | SlicesJob;

/** A file that was not taken in as it is, for the report. */
export interface FileProblem {
  readonly seq: number;
  readonly path: string;
  readonly outcome: "unreadable" | "vanished" | "changed-while-read";
  readonly message: string;
}

export interface FinishedPack extends WrittenPack {
  readonly packId: number;
  readonly members: Iterable<PackedMember>;
}

/** The large file of a {@link SlicesJob}, all of whose slices are stored or were known. */
export interface FinishedSlices {
  readonly seq: number;
  readonly sha256: Uint8Array;
  readonly stat: FreshStat;
  readonly slices: readonly { readonly sha256: Uint8Array; readonly wasOf?: number }[];
}

/** What a worker posts at the end of a files job; the pool makes a `pack` of it. */
export interface FilesReply {
  readonly type: "files";
  /** Undefined when nothing had to be stored. */
  readonly pack: (WrittenPack & { readonly packId: number }) | undefined;
  readonly members: FileColumns;
  readonly linked: FileColumns;
  /** Of files that could not be read. */
  readonly settlements: readonly Settlement[];
  readonly problems: readonly FileProblem[];
}

/** What a job answers. A files job ends with one `pack`; a slices job with `done`. */
export type WorkerReply =
  | {
      readonly type: "pack";
      /** Undefined when nothing had to be stored. */
      readonly pack: FinishedPack | undefined;
      readonly settlements: Iterable<Settlement>;
      readonly problems: readonly FileProblem[];
    }
  | { readonly type: "need-order"; readonly bytes: number }
  | {
      readonly type: "done";
      readonly sliced: FinishedSlices | undefined;
      readonly settlements: Iterable<Settlement>;
      readonly problems: readonly FileProblem[];
    }
  | {
      readonly type: "error";
      readonly code: ErrorCode;
      readonly message: string;
      readonly subject: string | undefined;
    };

/** What a worker is told once, when it starts. */
export interface PackWorkerData {
  readonly claims: BigInt64Array<SharedArrayBuffer>;
  /** Per worker: bytes read so far, then files done so far, as 64-bit integers. */
  readonly progress: BigInt64Array<SharedArrayBuffer>;
  readonly index: number;
  /** One 32-bit flag; not 0 means: stop as soon as you can. */
  readonly cancelled: Int32Array<SharedArrayBuffer>;
}
