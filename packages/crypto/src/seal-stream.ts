import { createSealer, type Sealer, type SealTo } from "./sealer.ts";

const pieceBytes = 1 << 20;
const nothing = new Uint8Array(0);

function sealPiece(sealer: Sealer, plain: Uint8Array, last: boolean): Uint8Array {
  const out = new Uint8Array(sealer.outputBound(plain.length));
  return out.subarray(0, sealer.sealInto(plain, last, out, 0));
}

/**
 * The bytes of an age file that holds what `source` yields, in pieces of about 1 MiB at most. If the
 * source fails, so does this stream, and what was yielded is no whole file.
 * @throws {E_FORMAT} if a recipient is none
 * @throws {E_USAGE} if there is no recipient or the passphrase is empty
 */
export async function* sealStream(
  source: AsyncIterable<Uint8Array>,
  to: SealTo,
): AsyncGenerator<Uint8Array, void, undefined> {
  const sealer = createSealer(to);
  yield sealer.header;
  for await (const piece of source) {
    for (let at = 0; at < piece.length; at += pieceBytes) {
      const sealed = sealPiece(sealer, piece.subarray(at, at + pieceBytes), false);
      if (sealed.length > 0) yield sealed;
    }
  }
  yield sealPiece(sealer, nothing, true);
}

/**
 * An age file, in memory, that holds a few bytes.
 * @throws {E_FORMAT} {E_USAGE} as {@link sealStream}
 */
export function sealBytes(plain: Uint8Array, to: SealTo): Uint8Array {
  const sealer = createSealer(to);
  return Buffer.concat([sealer.header, sealPiece(sealer, plain, true)]);
}
