import { ColdstowError } from "./coldstow-error.ts";
import type { BodySource, Digest } from "./storage.ts";

const chunkBytes = 256 * 1024;

/**
 * A body of bytes in memory, for small objects. The bytes are not copied: leave them unchanged
 * while the source is in use.
 */
export function bytesSource(bytes: Uint8Array, digests: readonly Digest[] = []): BodySource {
  return {
    sizeBytes: bytes.length,
    digests,
    async *open(offset: number): AsyncGenerator<Uint8Array, void, undefined> {
      if (!Number.isSafeInteger(offset) || offset < 0 || offset > bytes.length) {
        throw new ColdstowError(
          "E_INTERNAL",
          `offset ${offset} does not lie within a body of ${bytes.length} bytes`,
        );
      }
      for (let at = offset; at < bytes.length; at += chunkBytes) {
        yield bytes.subarray(at, at + chunkBytes);
      }
    },
  };
}
