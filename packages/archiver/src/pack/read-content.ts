import { createHash } from "node:crypto";
import { readSync } from "node:fs";

/** Files up to this size are read whole before anything of them is written. */
export const smallFileBytes: number = 1 << 20;

const scratch: Buffer = Buffer.allocUnsafeSlow(smallFileBytes);

/** Reads a small file whole; the bytes are valid until the next call. */
export function readSmall(file: number, sizeBytes: number): Buffer {
  let done = 0;
  while (done < sizeBytes) {
    const got = readSync(file, scratch, done, sizeBytes - done, done);
    if (got === 0) break;
    done += got;
  }
  return scratch.subarray(0, done);
}

/** SHA-256 of `start <= i < end` of a file, and how many bytes there were. */
export function hashRange(
  file: number,
  start: number,
  end: number,
  onPiece?: () => void,
): { readonly sha256: Uint8Array; readonly bytes: number } {
  const hash = createHash("sha256");
  let position = start;
  while (position < end) {
    const want = Math.min(scratch.length, end - position);
    const got = readSync(file, scratch, 0, want, position);
    if (got === 0) break;
    onPiece?.();
    hash.update(scratch.subarray(0, got));
    position += got;
  }
  return { sha256: hash.digest(), bytes: position - start };
}
