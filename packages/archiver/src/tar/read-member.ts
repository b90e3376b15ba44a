import type { SparseLayout, TarKind } from "./member.ts";

/**
 * A member as a tar gives it. The path is not made safe: it may be absolute or lead upwards, and who
 * extracts must check it ({@link memberPathProblem}).
 */
export interface ReadMember {
  /** Path with surrogate escapes; slashes at its end are taken away. */
  readonly path: string;
  /** "other": a device, a pipe or something that a tool put there for itself. */
  readonly kind: TarKind | "other";
  /** The type flag of the header, one character. */
  readonly typeFlag: string;
  /** Length of the file, for a sparse file with its holes. */
  readonly sizeBytes: number;
  /** Bytes in the tar from `dataOffset`, without padding; for GNU sparse 1.0 the map lies in front of the data. */
  readonly storedBytes: number;
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  /** Names of owner and group, empty where the tar gives none. */
  readonly userName: string;
  readonly groupName: string;
  /** For a symlink what it says, for a hard link the path of the other member. */
  readonly linkTarget?: string;
  readonly sparse?: SparseLayout;
  /** Where the member's first header block lies in the tar. */
  readonly headerOffset: number;
  /** Where its stored bytes begin in the tar. */
  readonly dataOffset: number;
  /** True where bytes in front of it were skipped: a long name may then be cut to what ustar holds. */
  readonly afterDamage: boolean;
}

/** A stretch of the tar that could not be read. */
export interface SkippedRange {
  readonly offset: number;
  readonly lengthBytes: number;
  readonly reason: string;
}

export interface TarEnd {
  /** Where the archive ends: the offset of the first end block, or of the end of the input. */
  readonly offset: number;
  /** True when the two zero blocks were there. A tar without them may have been cut off. */
  readonly marked: boolean;
}

/** What a {@link TarReader} calls while it is fed. Bytes are views that hold until the call returns. */
export interface TarSink {
  memberStart(member: ReadMember): void;
  /** Data of the member, at `fileOffset` in the file; holes of a sparse file are left out. */
  data(bytes: Uint8Array, fileOffset: number, member: ReadMember): void;
  /** `missingBytes` is above 0 only when reading on after damage and the tar ended too early. */
  memberEnd(member: ReadMember, missingBytes: number): void;
  /** Only called when reading on after damage. */
  skipped(range: SkippedRange): void;
  end(end: TarEnd): void;
}
