/** Pieces with less than this between them are read in one go. */
export const gapBytes: number = 4 << 20;

/** Where the stored bytes of a content, or of a slice of one, lie in the tar of its pack. */
export interface PiecePlace {
  readonly offset: number;
  readonly storedBytes: number;
}

/** Pieces that lie close together, and the bytes of the tar that are read for them. */
export interface PieceGroup {
  /** Index of the first piece that no longer belongs to it. */
  readonly last: number;
  /** Bytes of the tar, `start <= i < end`. */
  readonly start: number;
  readonly end: number;
}

/**
 * The group that begins with the piece `first`. Whoever fetches bytes and whoever reads them both ask
 * this, so that nothing is read that was not fetched. O(pieces of the group).
 * @param pieces in the order of their offsets
 */
export function groupAt(pieces: readonly PiecePlace[], first: number): PieceGroup {
  const start = pieces[first]?.offset ?? 0;
  let end = start;
  let last = first;
  for (let next = first; next < pieces.length; next += 1) {
    const piece = pieces[next];
    if (piece === undefined || piece.offset - end > gapBytes || piece.offset < end) break;
    end = piece.offset + piece.storedBytes;
    last = next + 1;
  }
  return { last, start, end };
}
