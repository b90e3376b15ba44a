import { chunkBytes, sealedChunkBytes, tagBytes } from "./chunk-cipher.ts";
import { formatError } from "./format-error.ts";

/**
 * Bytes of the whole age file that holds `plainBytes`; exact.
 * @param headerBytes all bytes before chunk 0: a sealer's `header.length`
 */
export function sealedSize(plainBytes: number, headerBytes: number): number {
  const chunks = Math.max(1, Math.ceil(plainBytes / chunkBytes));
  return headerBytes + plainBytes + chunks * tagBytes;
}

/**
 * Plain bytes in an age file of `sealedBytes`; the inverse of {@link sealedSize}.
 * @throws {E_FORMAT} if no age file with such a header has that size: it was cut
 */
export function plainSize(sealedBytes: number, headerBytes: number): number {
  const payload = sealedBytes - headerBytes;
  const chunks = Math.ceil(payload / sealedChunkBytes);
  const plainBytes = payload - chunks * tagBytes;
  const lastBytes = plainBytes - (chunks - 1) * chunkBytes;
  if (payload < tagBytes || lastBytes < 0 || (lastBytes === 0 && chunks > 1))
    throw formatError(
      `No whole age file with a header of ${headerBytes} bytes has ${sealedBytes} bytes: it was cut.`,
      "Fetch the file again, or save what is whole with coldstow recover.",
    );
  return plainBytes;
}
