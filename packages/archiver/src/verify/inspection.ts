import type { ErrorCode } from "@coldstow/contracts";

/** What the catalogue says lies in a pack, in the order of the offsets. */
export interface PackPlacements {
  /** Where the stored data begin in the tar. */
  readonly offsets: Float64Array;
  /** Bytes stored there. */
  readonly lengths: Float64Array;
  /** Bytes of the content, holes counted. */
  readonly sizes: Float64Array;
  /** SHA-256 of the contents, 32 bytes each. */
  readonly digests: Uint8Array;
}

/** A pack's copy that a worker is to read as a file. */
export interface InspectionJob {
  readonly path: string;
  readonly sealed: boolean;
  readonly zstd: boolean;
  /** Length of the tar inside, by the catalogue; a longer one is not read. */
  readonly tarBytes: number;
  /** Given: open the pack and compare its members with these. Else only hash it. */
  readonly placements?: PackPlacements;
}

export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Which pack a manifest says that it belongs to. */
export interface PackOrigin {
  readonly archive: string;
  readonly run: number;
  readonly number: number;
}

/** What reading a copy showed. */
export interface Inspection {
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  /** The header does not open. */
  readonly envelope: Fault | undefined;
  /** Chunks of 64 KiB that are not authentic. */
  readonly damagedChunks: number;
  /** The plain bytes of the first of them, `[start, end)`, merged. */
  readonly damagedRanges: readonly (readonly [start: number, end: number])[];
  /** The tar or the manifest cannot be read. */
  readonly contents: Fault | undefined;
  readonly origin: PackOrigin | undefined;
  /** Members that are not what manifest and catalogue say. */
  readonly wrongMembers: number;
  /** The first of them, in words. */
  readonly firstWrong: string | undefined;
}

export type InspectionReply =
  | { readonly type: "done"; readonly inspection: Inspection }
  | ({ readonly type: "error"; readonly subject: string | undefined } & Fault);

/** What a worker is told once, when it starts. */
export interface VerifyWorkerData {
  readonly keys: readonly string[];
  /** Bytes read so far, one counter a worker. */
  readonly progress: BigInt64Array<SharedArrayBuffer>;
  readonly index: number;
  /** Not 0 means: stop as soon as you can. */
  readonly cancelled: Int32Array<SharedArrayBuffer>;
}
