import { open } from "node:fs/promises";
import type { BodySource, Digest } from "@coldstow/contracts";
import { fromSystemError } from "@coldstow/contracts";

const chunkBytes = 1 << 20;

/** A file of this machine as the body of an upload. Its bytes must not change meanwhile. */
export function fileSource(
  path: string,
  sizeBytes: number,
  digests: readonly Digest[],
): BodySource {
  return {
    sizeBytes,
    digests,
    async *open(offset: number): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        const file = await open(path, "r");
        try {
          for (let at = offset; ;) {
            const buffer = Buffer.allocUnsafe(chunkBytes);
            const { bytesRead } = await file.read(buffer, 0, chunkBytes, at);
            if (bytesRead === 0) return;
            at += bytesRead;
            yield buffer.subarray(0, bytesRead);
          }
        } finally {
          await file.close();
        }
      } catch (error) {
        throw fromSystemError(error, "Reading a pack", path);
      }
    },
  };
}
