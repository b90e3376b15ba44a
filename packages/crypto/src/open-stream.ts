import { chunkBytes, type ChunkCipher, sealedChunkBytes } from "./chunk-cipher.ts";
import type { CutChunk } from "./chunk-cutter.ts";
import { createEnvelopeReader, type ReadPolicy } from "./envelope-reader.ts";
import type { EnvelopeKeys } from "./file-key.ts";
import { fixityError } from "./format-error.ts";
import { headerLength } from "./header-length.ts";
import { openHeader } from "./opener.ts";

function* openChunk(
  cipher: ChunkCipher,
  { index, sealed, atEnd }: CutChunk,
): Generator<Uint8Array, "go on"> {
  const where = `plain byte ${index * chunkBytes}`;
  const expected = cipher.open(index, atEnd, sealed);
  if (expected !== undefined) {
    yield expected;
    return "go on";
  }
  // An authentic chunk in the wrong place is handed out: it tells a cut from a changed file.
  const other = sealed.length === sealedChunkBytes ? cipher.open(index, !atEnd, sealed) : undefined;
  if (other !== undefined) {
    yield other;
    throw fixityError(
      atEnd
        ? `The age file was cut: it ends after chunk ${index}, and more must follow. What was read before is authentic.`
        : `Bytes were appended to the age file after its last chunk, ${index}. What was read before is authentic.`,
    );
  }
  throw fixityError(
    atEnd
      ? `The age file was changed or cut in its last chunk, ${index}, at ${where}. What was read before is authentic.`
      : `The age file was changed in chunk ${index}, at ${where}. What was read before is authentic.`,
  );
}

function strictPolicy(keys: EnvelopeKeys): ReadPolicy {
  return {
    mayBeArmored: true,
    headerLength,
    openHeader: (head) => openHeader(head, keys),
    openChunk,
  };
}

/**
 * The plaintext of an age file, binary or armored, in pieces of up to 64 KiB. Only authenticated
 * bytes are handed out, and the stream ends without an error only if the file was whole. Memory: one
 * chunk and the current piece.
 * @throws {E_FORMAT} if it is no age v1 file, or its armour is broken
 * @throws {E_WRONG_KEY} if no identity fits or the passphrase is wrong
 * @throws {E_FIXITY} if the file was changed, cut or lengthened
 */
export async function* openStream(
  source: AsyncIterable<Uint8Array>,
  keys: EnvelopeKeys,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = createEnvelopeReader(strictPolicy(keys));
  for await (const piece of source) yield* reader.push(piece);
  yield* reader.finish();
}

/**
 * The plaintext of a small age file, binary or armored, that is in memory.
 * @throws {E_FORMAT} {E_WRONG_KEY} {E_FIXITY} as {@link openStream}
 */
export function openBytes(file: Uint8Array, keys: EnvelopeKeys): Uint8Array {
  const reader = createEnvelopeReader(strictPolicy(keys));
  return Buffer.concat([...reader.push(file), ...reader.finish()]);
}
