import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gunzip } from "./gunzip.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function opened(bytes: Uint8Array, size: number): Promise<{ out: Buffer; code: unknown }> {
  const out: Uint8Array[] = [];
  try {
    for await (const piece of gunzip(pieces(bytes, size))) out.push(piece);
    return { out: Buffer.concat(out), code: undefined };
  } catch (error) {
    return { out: Buffer.concat(out), code: (error as { code?: unknown }).code };
  }
}

const plain = Buffer.concat([randomBytes(200_000), Buffer.alloc(3_000_000), randomBytes(70_000)]);
const packed = gzipSync(plain);

test.each([1000, 16_384, 1 << 20])("gives back what was packed, in pieces of %d", async (size) => {
  const { out, code } = await opened(packed, size);
  expect([out.equals(plain), code]).toEqual([true, undefined]);
});

test("gives everything in front of a cut, then fails", async () => {
  // Stored blocks hold random bytes as they are: a cut loses no more than was cut.
  for (const cut of [1, 8, 9, 30_000]) {
    const { out, code } = await opened(packed.subarray(0, packed.length - cut), 65_536);
    expect(code).toBe("E_FORMAT");
    expect(plain.subarray(0, out.length).equals(out)).toBe(true);
    // The last 8 bytes are the checksum and the length; a block that was cut may hold up to 64 KiB back.
    const missing = cut <= 8 ? 0 : cut + 65_536;
    expect(out.length).toBeGreaterThanOrEqual(plain.length - missing);
  }
});

test("fails at damage and at what is no gzip", async () => {
  const bad = Buffer.from(packed);
  bad[100_000] = (bad[100_000] ?? 0) ^ 1;
  expect((await opened(bad, 65_536)).code).toBe("E_FORMAT");
  expect((await opened(randomBytes(1000), 100)).code).toBe("E_FORMAT");
  expect((await opened(Buffer.alloc(0), 1)).code).toBe("E_FORMAT");
});

async function readAll(source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of source) expect(piece.length).toBeGreaterThan(0);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield packed.subarray(0, 100_000);
  throw new Error("the network");
}

test("an error of the source comes through, and giving up ends quietly", async () => {
  await expect(readAll(gunzip(broken()))).rejects.toThrow("the network");
  for await (const piece of gunzip(pieces(packed, 16_384))) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
});
