import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chunkBytes,
  type Damage,
  type EnvelopeKeys,
  generateIdentity,
  openStreamPastDamage,
  sealBytes,
  sealedChunkBytes,
} from "./index.ts";

const archive = generateIdentity();
const recovery = generateIdentity();
const plain = randomBytes(chunkBytes * 3 + 500);
const sealed = sealBytes(plain, [archive.recipient, recovery.recipient]);
const headerBytes = sealed.length - plain.length - 4 * 16;

async function* cut(file: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += pieceBytes) yield file.subarray(at, at + pieceBytes);
}

async function recover(
  file: Uint8Array,
  keys: EnvelopeKeys = [archive.secret],
  pieceBytes = 30_000,
): Promise<{ got: Buffer; damages: Damage[] }> {
  const damages: Damage[] = [];
  const got = await buffer(
    openStreamPastDamage(cut(file, pieceBytes), keys, (damage) => damages.push(damage)),
  );
  return { got, damages };
}

function flipped(...places: readonly number[]): Buffer {
  const copy = Buffer.from(sealed);
  for (const at of places) copy[at] = (copy[at] ?? 0) ^ 0x40;
  return copy;
}

function zeroed(...chunks: readonly number[]): Buffer {
  const copy = Buffer.from(plain);
  for (const chunk of chunks) copy.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes).fill(0);
  return copy;
}

const inChunk = (chunk: number): number => headerBytes + chunk * sealedChunkBytes + 100;

describe("openStreamPastDamage", () => {
  test("reads a whole file without a word, whatever its size", async () => {
    for (const size of [0, 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes]) {
      const file = sealBytes(plain.subarray(0, size), [archive.recipient]);
      const { got, damages } = await recover(file);
      expect(damages).toEqual([]);
      expect(got.equals(plain.subarray(0, size))).toBe(true);
    }
  });

  test("loses exactly the chunks that were changed", async () => {
    const chunks = fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
    const piece = fc.constantFrom(1000, sealedChunkBytes, sealed.length);
    const law = fc.asyncProperty(chunks, piece, async (damaged, pieceBytes) => {
      const file = flipped(...damaged.map(inChunk));
      const { got, damages } = await recover(file, [archive.secret], pieceBytes);
      expect(got.equals(zeroed(...damaged))).toBe(true);
      expect(damages).toEqual(
        damaged
          .toSorted((a, b) => a - b)
          .map((chunk) => ({
            reason: "chunk",
            chunk,
            plainStart: chunk * chunkBytes,
            plainEnd: Math.min(plain.length, (chunk + 1) * chunkBytes),
          })),
      );
    });
    await fc.assert(law, { numRuns: 40 });
  });

  test("reports a file cut between chunks", async () => {
    const { got, damages } = await recover(sealed.subarray(0, headerBytes + 2 * sealedChunkBytes));
    expect(got.equals(plain.subarray(0, 2 * chunkBytes))).toBe(true);
    const end = 2 * chunkBytes;
    expect(damages).toEqual([{ reason: "cut", chunk: 2, plainStart: end, plainEnd: end }]);
  });

  test("reports a file cut within a chunk", async () => {
    const { got, damages } = await recover(sealed.subarray(0, headerBytes + sealedChunkBytes + 50));
    const end = chunkBytes + 34;
    expect(got.equals(zeroed(1, 2, 3).subarray(0, end))).toBe(true);
    expect(damages).toEqual([{ reason: "chunk", chunk: 1, plainStart: chunkBytes, plainEnd: end }]);
  });

  test("reports a file of which only a tag's worth of a chunk, or only the header, is left", async () => {
    for (const [bytes, chunk] of [
      [headerBytes + sealedChunkBytes + 10, 1],
      [headerBytes, 0],
    ] as const) {
      const { damages } = await recover(sealed.subarray(0, bytes));
      const at = chunk * chunkBytes;
      expect(damages).toEqual([{ reason: "cut", chunk, plainStart: at, plainEnd: at }]);
    }
  });

  test("reports any cut whatsoever", async () => {
    const cutAt = fc.integer({ min: headerBytes, max: sealed.length - 1 });
    const law = fc.asyncProperty(cutAt, async (bytes) => {
      const { damages } = await recover(sealed.subarray(0, bytes));
      expect(damages.length).toBe(1);
    });
    await fc.assert(law, { numRuns: 40 });
  });

  test("ignores and reports what follows the true end", async () => {
    const full = sealBytes(plain.subarray(0, chunkBytes), [archive.recipient]);
    const { got, damages } = await recover(Buffer.concat([full, Buffer.alloc(100_000)]));
    expect(got.equals(plain.subarray(0, chunkBytes))).toBe(true);
    expect(damages).toEqual([
      { reason: "surplus", chunk: 1, plainStart: chunkBytes, plainEnd: chunkBytes },
    ]);
  });

  test("opens past a header damaged anywhere but in the nonce, with one or the other identity", async () => {
    for (let at = 0; at < headerBytes - 16; at += 1) {
      const file = flipped(at).subarray(0, headerBytes + sealedChunkBytes + 1000);
      const results = await Promise.allSettled(
        [archive, recovery].map(({ secret }) => recover(file, [secret])),
      );
      const opened = results.filter((result) => result.status === "fulfilled");
      expect(opened.length).toBeGreaterThan(0);
      for (const { value } of opened) {
        expect(value.damages[0]?.reason).toBe("header");
        expect(value.got.subarray(0, chunkBytes).equals(plain.subarray(0, chunkBytes))).toBe(true);
      }
    }
  });

  test("says that the key is wrong rather than returning zeros", async () => {
    const stranger = generateIdentity();
    const wrong = expect.objectContaining({ code: "E_WRONG_KEY" }) as unknown;
    await expect(recover(sealed, [stranger.secret])).rejects.toEqual(wrong);
    await expect(recover(sealed, { passphrase: "x" })).rejects.toEqual(wrong);
  });

  test("refuses what has no readable header at all", async () => {
    const format = expect.objectContaining({ code: "E_FORMAT" }) as unknown;
    await expect(recover(Buffer.alloc(300_000, "x"))).rejects.toEqual(format);
    await expect(recover(new Uint8Array(0))).rejects.toEqual(format);
    await expect(recover(sealed.subarray(0, headerBytes - 1))).rejects.toEqual(format);
  });
});
