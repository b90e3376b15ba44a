import { blockBytes } from "./blocks.ts";
import type { SparseLayout } from "./member.ts";

/**
 * The layout with its ranges widened to multiples of `granularityBytes`, as far as the file goes, and
 * joined where they then touch. GNU tar begins each range with a new block, other tools do not, so
 * only ranges of whole blocks are read alike (docs/formats/pack.md, "Sparse files"). The widened
 * parts are zeros of the file and are stored. O(ranges).
 *
 * @param granularityBytes a multiple of 512; a larger one makes fewer ranges
 */
export function alignSparseMap(
  sparse: SparseLayout,
  granularityBytes: number = blockBytes,
): SparseLayout {
  const { realSizeBytes } = sparse;
  const map: [number, number][] = [];
  let start = 0;
  let end = 0;
  for (const [offset, length] of sparse.map) {
    if (length === 0) continue;
    const from = offset - (offset % granularityBytes);
    const over = (offset + length) % granularityBytes;
    const to = Math.min(
      offset + length + (over === 0 ? 0 : granularityBytes - over),
      realSizeBytes,
    );
    if (from > end) {
      if (end > start) map.push([start, end - start]);
      start = from;
    }
    end = Math.max(end, to);
  }
  if (end > start) map.push([start, end - start]);
  return { realSizeBytes, map };
}

/** True when every range but the last is made of whole blocks, as a pack must have it. O(ranges). */
export function isAlignedSparseMap(sparse: SparseLayout): boolean {
  let last = 0;
  for (const [, length] of sparse.map) {
    if (length > 0 && last % blockBytes !== 0) return false;
    if (length > 0) last = length;
  }
  return true;
}
