import { chunkBytes, type ChunkCipher, sealedChunkBytes, tagBytes } from "./chunk-cipher.ts";
import type { CutChunk } from "./chunk-cutter.ts";
import { createEnvelopeReader } from "./envelope-reader.ts";
import type { EnvelopeKeys } from "./file-key.ts";
import { damagedHeaderLength, salvageHeader } from "./salvage-header.ts";

/** One damaged place of an age file. */
export interface Damage {
  /**
   * - `header`: the header was damaged, but an intact stanza opened it; nothing is lost by that
   * - `chunk`: the plain bytes of the range are unknown and were replaced by zeros
   * - `cut`: the file's end is missing; how much is not known, and `plainEnd` equals `plainStart`
   * - `surplus`: bytes lie after the file's true end and were ignored; `plainEnd` equals `plainStart`
   */
  readonly reason: "header" | "chunk" | "cut" | "surplus";
  /** Index of the 64 KiB chunk, from 0. */
  readonly chunk: number;
  /** Range of plain bytes. */
  readonly plainStart: number;
  readonly plainEnd: number;
}

/** Told of each damaged place, in order, before the bytes that stand for it are handed out. */
export type DamageListener = (damage: Damage) => void;

function* openChunk(
  cipher: ChunkCipher,
  { index, sealed, atEnd }: CutChunk,
  onDamage: DamageListener,
): Generator<Uint8Array, "go on" | "stop"> {
  const plainStart = index * chunkBytes;
  const reportAt = (reason: "cut" | "surplus", chunk: number, at: number): void =>
    onDamage({ reason, chunk, plainStart: at, plainEnd: at });

  const expected = cipher.open(index, atEnd, sealed);
  if (expected !== undefined) {
    yield expected;
    return "go on";
  }
  const full = sealed.length === sealedChunkBytes;
  const other = full ? cipher.open(index, !atEnd, sealed) : undefined;
  if (other !== undefined) {
    reportAt(atEnd ? "cut" : "surplus", index + 1, plainStart + other.length);
    yield other;
    return "stop";
  }
  const lost = sealed.length - tagBytes;
  if (lost <= 0) {
    reportAt("cut", index, plainStart);
    return "stop";
  }
  // Whether a short last chunk was changed or cut cannot be told apart: both leave this many bytes.
  onDamage({ reason: "chunk", chunk: index, plainStart, plainEnd: plainStart + lost });
  yield new Uint8Array(lost);
  return "go on";
}

/**
 * The plaintext of a damaged binary age file: a chunk that is not authentic costs its 64 KiB, which
 * are replaced by zeros so that everything after keeps its place. Every damage is reported. A last
 * chunk that fails may also have been cut: bytes beyond its reported end may be missing. Bytes that
 * were inserted or left out shift all later chunks, and those count as damaged.
 * @throws {E_FORMAT} {E_WRONG_KEY} {E_FIXITY} if not even one stanza of the header can be opened
 */
export async function* openStreamPastDamage(
  source: AsyncIterable<Uint8Array>,
  keys: EnvelopeKeys,
  onDamage: DamageListener,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = createEnvelopeReader({
    mayBeArmored: false,
    headerLength: damagedHeaderLength,
    openHeader(head) {
      const { opened, damaged } = salvageHeader(head, keys);
      if (damaged) onDamage({ reason: "header", chunk: 0, plainStart: 0, plainEnd: 0 });
      return opened;
    },
    openChunk: (cipher, chunk) => openChunk(cipher, chunk, onDamage),
  });
  for await (const piece of source) {
    yield* reader.push(piece);
    if (reader.stopped) return;
  }
  yield* reader.finish();
}
