import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBech32 } from "./bech32.ts";
import {
  chunkBytes,
  createSealer,
  generateIdentity,
  openBytes,
  plainSize,
  sealBytes,
  sealedSize,
  sealStream,
} from "./index.ts";

const { secret, recipient } = generateIdentity();
const source = randomBytes(chunkBytes * 4);

/** Sizes near the boundaries of chunks, and others. */
const size = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -2, max: 2 }))
    .map(([chunks, off]) => Math.max(0, chunks * chunkBytes + off)),
  fc.integer({ min: 0, max: chunkBytes * 3 }),
);

function sealPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const sealer = createSealer([recipient]);
  const parts: Uint8Array[] = [sealer.header];
  for (const [index, piece] of pieces.entries()) {
    const last = index === pieces.length - 1;
    const bound = sealer.outputBound(piece.length);
    const out = new Uint8Array(7 + bound);
    const written = sealer.sealInto(piece, last, out, 7);
    expect(written).toBeLessThanOrEqual(bound);
    parts.push(out.subarray(7, 7 + written));
  }
  return Buffer.concat(parts);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield source;
  throw new Error("the disk is gone");
}

describe("a sealer", () => {
  test("gives the same plaintext back however it was cut into calls", () => {
    const law = fc.property(fc.array(size, { minLength: 1, maxLength: 5 }), (lengths) => {
      const pieces = lengths.map((length) => source.subarray(0, length));
      const opened = Buffer.from(openBytes(sealPieces(pieces), [secret]));
      expect(opened.equals(Buffer.concat(pieces))).toBe(true);
    });
    fc.assert(law, { numRuns: 60 });
  });

  test("never ends a file with an empty chunk when the last call is empty", () => {
    const full = source.subarray(0, chunkBytes * 2);
    const sealed = sealPieces([full, source.subarray(0, 0)]);
    const headerBytes = createSealer([recipient]).header.length;
    expect(sealed.length).toBe(sealedSize(full.length, headerBytes));
    expect(Buffer.from(openBytes(sealed, [secret])).equals(full)).toBe(true);
  });

  test("lets its input be re-used at once", () => {
    const input = Buffer.from(source.subarray(0, chunkBytes));
    const sealer = createSealer([recipient]);
    const out = new Uint8Array(sealer.outputBound(chunkBytes * 2));
    let at = sealer.sealInto(input, false, out, 0);
    input.fill(0);
    at += sealer.sealInto(input, true, out, at);
    const opened = openBytes(Buffer.concat([sealer.header, out.subarray(0, at)]), [secret]);
    const expected = Buffer.concat([source.subarray(0, chunkBytes), Buffer.alloc(chunkBytes)]);
    expect(Buffer.from(opened).equals(expected)).toBe(true);
  });

  test("refuses bytes after the last ones", () => {
    const sealer = createSealer([recipient]);
    const out = new Uint8Array(100);
    sealer.sealInto(source.subarray(0, 10), true, out, 0);
    const again = (): number => sealer.sealInto(source.subarray(0, 10), true, out, 0);
    expect(again).toThrow(expect.objectContaining({ code: "E_INTERNAL" }));
  });

  test("refuses an output without room, and goes on with a larger one", () => {
    const sealer = createSealer([recipient]);
    const plain = source.subarray(0, 10);
    const small = (): number => sealer.sealInto(plain, true, new Uint8Array(25), 0);
    expect(small).toThrow(expect.objectContaining({ code: "E_INTERNAL" }));
    expect(sealer.sealInto(plain, true, new Uint8Array(26), 0)).toBe(26);
  });

  test("uses a fresh key for every file", () => {
    const a = sealBytes(Buffer.from("same"), [recipient]);
    const b = sealBytes(Buffer.from("same"), [recipient]);
    expect(Buffer.from(a).equals(b)).toBe(false);
  });

  test.each([
    ["no recipient", [], "E_USAGE"],
    ["a secret key as recipient", [secret], "E_FORMAT"],
    ["a recipient with a typing error", [recipient.slice(0, -1)], "E_FORMAT"],
    ["a recipient of low order", [encodeBech32("age", new Uint8Array(32))], "E_FORMAT"],
    ["an empty passphrase", { passphrase: "" }, "E_USAGE"],
    ["a work factor of 0", { passphrase: "x", workFactor: 0 }, "E_USAGE"],
    ["a work factor of 31", { passphrase: "x", workFactor: 31 }, "E_USAGE"],
  ] as const)("refuses %s", (_, to, code) => {
    expect(() => createSealer(to)).toThrow(expect.objectContaining({ code }));
  });
});

describe("sizes", () => {
  test("are predicted exactly", () => {
    const headerBytes = createSealer([recipient]).header.length;
    const law = fc.property(size, (bytes) => {
      const sealed = sealBytes(source.subarray(0, bytes), [recipient]);
      expect(sealed.length).toBe(sealedSize(bytes, headerBytes));
      expect(plainSize(sealed.length, headerBytes)).toBe(bytes);
    });
    fc.assert(law, { numRuns: 60 });
  });

  test("can be inverted also beyond what fits in 32 bits", () => {
    const law = fc.property(fc.nat(2 ** 31), fc.nat(2 ** 20), (low, high) => {
      const bytes = high * 2 ** 31 + low;
      expect(plainSize(sealedSize(bytes, 200), 200)).toBe(bytes);
    });
    fc.assert(law);
  });

  test.each([0, 199, 200, 215, 200 + 65_552 + 1, 200 + 65_552 + 16])(
    "no whole file with a header of 200 bytes has %i",
    (bytes) => {
      expect(() => plainSize(bytes, 200)).toThrow(expect.objectContaining({ code: "E_FORMAT" }));
    },
  );
});

describe("sealStream", () => {
  test("seals what its source yields, empty pieces too", async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield source.subarray(0, 0);
      yield source.subarray(0, 100_000);
      yield source.subarray(0, 0);
      yield source.subarray(100_000);
    }
    const sealed = await buffer(sealStream(pieces(), [recipient]));
    expect(Buffer.from(openBytes(sealed, [secret])).equals(source)).toBe(true);
  });

  test("fails when its source does", async () => {
    await expect(buffer(sealStream(broken(), [recipient]))).rejects.toThrow("the disk is gone");
  });
});
