import { createDearmorer, type Dearmorer, looksArmored } from "./armor.ts";
import type { ChunkCipher } from "./chunk-cipher.ts";
import { createChunkCutter, type CutChunk } from "./chunk-cutter.ts";
import { maxHeaderBytes, nonceBytes } from "./header-length.ts";
import type { OpenedHeader } from "./opener.ts";

/** How a reader treats a header and a chunk: strictly, or past damage. */
export interface ReadPolicy {
  readonly mayBeArmored: boolean;
  /** The header's end in `head`; undefined asks for more bytes. */
  headerLength(head: Uint8Array): number | undefined;
  /** Opens the header of which `head` holds all that the file has, up to the cap. */
  openHeader(head: Uint8Array): OpenedHeader;
  /** The plain bytes to hand out for a chunk. After a "stop" what follows is ignored. */
  openChunk(cipher: ChunkCipher, chunk: CutChunk): Generator<Uint8Array, "go on" | "stop">;
}

/** Turns the pieces of an age file, binary or armored, into plain chunks. */
export interface EnvelopeReader {
  push(piece: Uint8Array): Generator<Uint8Array, void, undefined>;
  /** What is known only at the end: the last chunk, and whether all was there. */
  finish(): Generator<Uint8Array, void, undefined>;
  /** True once the policy has said that nothing more is wanted. */
  readonly stopped: boolean;
}

/** Memory: the header, one chunk and the current piece, whatever the size of the file. */
export function createEnvelopeReader(policy: ReadPolicy): EnvelopeReader {
  const cutter = createChunkCutter();
  const head = new Uint8Array(maxHeaderBytes + nonceBytes);
  let headBytes = 0;
  let armour: Dearmorer | undefined;
  let begun = false;
  let cipher: ChunkCipher | undefined;
  let stopped = false;

  function* openAll(opened: ChunkCipher, chunks: Iterable<CutChunk>): Generator<Uint8Array, void> {
    for (const chunk of chunks) {
      if (stopped) return;
      stopped = (yield* policy.openChunk(opened, chunk)) === "stop";
    }
  }

  /** Opens the header; returns the payload's first bytes, which came with it. */
  function openHead(known: Uint8Array): Uint8Array {
    const opened = policy.openHeader(known);
    cipher = opened.cipher;
    return known.subarray(opened.headerBytes);
  }

  /** Collects bytes until the header is whole; returns those after it. */
  function takeHead(piece: Uint8Array): Uint8Array[] {
    const used = Math.min(head.length - headBytes, piece.length);
    head.set(piece.subarray(0, used), headBytes);
    headBytes += used;
    const known = head.subarray(0, headBytes);
    if (policy.headerLength(known) === undefined) return [];
    return [openHead(known), piece.subarray(used)];
  }

  function* pushBinary(piece: Uint8Array): Generator<Uint8Array, void> {
    if (piece.length === 0 || stopped) return;
    for (const payload of cipher === undefined ? takeHead(piece) : [piece])
      if (cipher !== undefined) yield* openAll(cipher, cutter.push(payload));
  }

  return {
    *push(piece) {
      const first = piece[0];
      if (!begun && first !== undefined) {
        begun = true;
        if (policy.mayBeArmored && looksArmored(first)) armour = createDearmorer();
      }
      yield* pushBinary(armour === undefined ? piece : armour.push(piece));
    },
    *finish() {
      armour?.finish();
      if (cipher === undefined) {
        const rest = openHead(head.subarray(0, headBytes));
        if (cipher !== undefined) yield* openAll(cipher, cutter.push(rest));
      }
      if (cipher !== undefined) yield* openAll(cipher, [cutter.finish()]);
    },
    get stopped() {
      return stopped;
    },
  };
}
