/** Everything in a tar is counted in blocks of this size (POSIX pax, "ustar Interchange Format"). */
export const blockBytes = 512;

/** The largest number that the size and mtime fields of a ustar header hold: 11 octal digits. */
export const maxOctal11: number = 0o77777777777;

/** The largest number that the uid and gid fields of a ustar header hold: 7 octal digits. */
export const maxOctal7: number = 0o7777777;

/** Longest extended header that is written or read (docs/formats/pack.md, "Limits"). */
export const maxExtendedHeaderBytes: number = 1 << 20;

/** Most data ranges of one sparse file that are written or read (docs/formats/pack.md, "Limits"). */
export const maxSparseRanges: number = 1 << 18;

const endBlocks = new Uint8Array(2 * blockBytes);

/** Zero bytes that follow `sizeBytes` bytes of stored data to fill the last block. */
export function memberPadding(sizeBytes: number): number {
  const rest = sizeBytes % blockBytes;
  return rest === 0 ? 0 : blockBytes - rest;
}

/**
 * The two zero blocks that end an archive. Nothing follows them: a pack is not filled up to a
 * multiple of 10240 bytes, and GNU tar, bsdtar and 7z read it without a word.
 */
export function endOfArchive(): Uint8Array {
  return endBlocks.slice();
}
