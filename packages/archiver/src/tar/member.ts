/** What a member of a tar is. */
export type TarKind = "file" | "directory" | "symlink" | "hardlink";

/**
 * Where the data of a sparse file lie. Everything outside the map is a hole and reads as zeros.
 * The ranges ascend, do not overlap and end at or before `realSizeBytes`.
 */
export interface SparseLayout {
  /** Length of the file as a reader of it sees it. */
  readonly realSizeBytes: number;
  /**
   * Ranges of data as [offset, length], in bytes. To be written, all but the last have lengths that
   * are multiples of 512 (`alignSparseMap`).
   */
  readonly map: readonly (readonly [offset: number, length: number])[];
}

/** A member as it is written: all that its header blocks say. */
export interface TarMember {
  /** Relative path with surrogate escapes: no leading slash, no trailing slash, no `..`, no NUL. */
  readonly path: string;
  readonly kind: TarKind;
  /** Bytes stored behind the header, without padding. For a sparse file: its encoded map and its data. */
  readonly sizeBytes: number;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  /** Modification time in nanoseconds since 1970, negative before. */
  readonly mtimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  /** What a symbolic link says, or the path of the earlier member that a hard link names. */
  readonly linkTarget?: string;
  /** Present for a sparse file. */
  readonly sparse?: SparseLayout;
}
