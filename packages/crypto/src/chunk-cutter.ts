import { sealedChunkBytes } from "./chunk-cipher.ts";

/** A sealed chunk as it was cut from a stream. */
export interface CutChunk {
  readonly index: number;
  /** Valid until the next chunk is asked for. */
  readonly sealed: Uint8Array;
  /** Whether the stream ends with it. A chunk that is short always does. */
  readonly atEnd: boolean;
}

/** Cuts a stream of payload bytes into sealed chunks; memory: one chunk. */
export interface ChunkCutter {
  /** The chunks that are complete and after which at least one more byte came. */
  push(piece: Uint8Array): Generator<CutChunk, void, undefined>;
  /** The chunk that ends the stream; it may be empty. */
  finish(): CutChunk;
}

export function createChunkCutter(): ChunkCutter {
  const held = new Uint8Array(sealedChunkBytes);
  let heldBytes = 0;
  let index = 0;
  return {
    *push(piece) {
      let at = Math.min(sealedChunkBytes - heldBytes, piece.length);
      held.set(piece.subarray(0, at), heldBytes);
      heldBytes += at;
      if (at === piece.length) return;
      yield { index, sealed: held, atEnd: false };
      index += 1;
      for (; piece.length - at > sealedChunkBytes; at += sealedChunkBytes) {
        yield { index, sealed: piece.subarray(at, at + sealedChunkBytes), atEnd: false };
        index += 1;
      }
      heldBytes = piece.length - at;
      held.set(piece.subarray(at));
    },
    finish: () => ({ index, sealed: held.subarray(0, heldBytes), atEnd: true }),
  };
}
