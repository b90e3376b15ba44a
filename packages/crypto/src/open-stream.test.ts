import { randomBytes } from "node:crypto";
import { describeError } from "@coldstow/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunkBytes, generateIdentity, openStream, sealBytes, sealedChunkBytes } from "./index.ts";

const { secret, recipient } = generateIdentity();
const plain = randomBytes(chunkBytes * 2 + 500);
const sealed = sealBytes(plain, [recipient]);
const headerBytes = sealed.length - plain.length - 3 * 16;

async function* cut(file: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += pieceBytes) yield file.subarray(at, at + pieceBytes);
}

async function read(file: Uint8Array, pieceBytes: number): Promise<{ code: string; got: Buffer }> {
  const parts: Uint8Array[] = [];
  let code = "none";
  try {
    for await (const part of openStream(cut(file, pieceBytes), [secret])) parts.push(part);
  } catch (error) {
    code = describeError(error).code;
  }
  return { code, got: Buffer.concat(parts) };
}

const pieceBytes = fc.constantFrom(997, chunkBytes, sealedChunkBytes, sealed.length);

describe("openStream", () => {
  test("never ends well for a file that was cut, and hands out only what is authentic", async () => {
    const end = fc.oneof(
      fc.nat(sealed.length - 1),
      fc.constantFrom(
        headerBytes,
        headerBytes + sealedChunkBytes,
        headerBytes + 2 * sealedChunkBytes,
      ),
    );
    const law = fc.asyncProperty(end, pieceBytes, async (bytes, piece) => {
      const { code, got } = await read(sealed.subarray(0, bytes), piece);
      expect(code).toBe(bytes < headerBytes ? "E_FORMAT" : "E_FIXITY");
      expect(got.equals(plain.subarray(0, got.length))).toBe(true);
    });
    await fc.assert(law);
  });

  test("finds a byte that was changed anywhere, and hands out only what is authentic", async () => {
    const law = fc.asyncProperty(
      fc.nat(sealed.length - 1),
      fc.integer({ min: 1, max: 255 }),
      pieceBytes,
      async (at, change, piece) => {
        const copy = Buffer.from(sealed);
        copy[at] = (copy[at] ?? 0) ^ change;
        const { code, got } = await read(copy, piece);
        expect(code).not.toBe("none");
        expect(got.equals(plain.subarray(0, got.length))).toBe(true);
        const chunksBefore = Math.floor((at - headerBytes) / sealedChunkBytes);
        const expected =
          at < headerBytes
            ? { code, released: 0 }
            : { code: "E_FIXITY", released: chunksBefore * chunkBytes };
        expect({ code, released: got.length }).toEqual(expected);
      },
    );
    await fc.assert(law);
  });

  test("finds bytes that were appended", async () => {
    for (const extra of [1, 16, 17, sealedChunkBytes]) {
      const { code } = await read(Buffer.concat([sealed, Buffer.alloc(extra)]), 10_000);
      expect(code).toBe("E_FIXITY");
    }
  });

  test("finds chunks that were swapped or left out", async () => {
    const header = sealed.subarray(0, headerBytes);
    const first = sealed.subarray(headerBytes, headerBytes + sealedChunkBytes);
    const second = sealed.subarray(
      headerBytes + sealedChunkBytes,
      headerBytes + 2 * sealedChunkBytes,
    );
    const last = sealed.subarray(headerBytes + 2 * sealedChunkBytes);
    for (const parts of [
      [second, first, last],
      [first, last],
    ]) {
      const { code } = await read(Buffer.concat([header, ...parts]), 10_000);
      expect(code).toBe("E_FIXITY");
    }
  });

  test("closes its source when the reader leaves early", async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield sealed;
        yield sealed;
      } finally {
        closed = true;
      }
    }
    for await (const part of openStream(source(), [secret])) {
      expect(part.length).toBe(chunkBytes);
      break;
    }
    expect(closed).toBe(true);
  });

  test("tells what an empty file, a text and endless blank lines are not", async () => {
    for (const text of ["", "hello", "\n".repeat(5000), " ".repeat(5000), "-----BEGIN PGP\n"]) {
      const { code } = await read(Buffer.from(text), 100);
      expect(code).toBe("E_FORMAT");
    }
  });
});
