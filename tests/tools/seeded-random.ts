import { createCipheriv, createHash } from "node:crypto";

/** A repeatable stream of numbers in [0, 1): the 32-bit "mulberry" mix of a counter. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const zeros = Buffer.alloc(1 << 20);

/**
 * A repeatable, incompressible stream named by its seed: each call returns the next `length` bytes,
 * at most 1 MiB at a time.
 */
export function noiseStream(seed: string): (length: number) => Buffer {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-128-ctr", key.subarray(0, 16), key.subarray(16, 32));
  return (length) => cipher.update(zeros.subarray(0, length));
}

/** The first `length` bytes of the noise named by `seed`. */
export function noise(seed: string, length: number): Buffer {
  const next = noiseStream(seed);
  const pieces: Buffer[] = [];
  for (let left = length; left > 0; left -= zeros.length) {
    pieces.push(next(Math.min(left, zeros.length)));
  }
  return Buffer.concat(pieces);
}
