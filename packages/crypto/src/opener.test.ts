import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chunkBytes,
  generateIdentity,
  headerLength,
  maxHeaderBytes,
  openBytes,
  openEnvelope,
  sealBytes,
  sealedChunkBytes,
} from "./index.ts";

const { secret, recipient } = generateIdentity();
const other = generateIdentity();
const plain = randomBytes(chunkBytes * 3 + 1000);
const sealed = sealBytes(plain, [other.recipient, recipient]);
const opener = openEnvelope(sealed.subarray(0, 1000), [secret]);

function readRange(start: number, end: number): Uint8Array {
  const range = opener.chunkRange(start, end);
  const run = sealed.subarray(range.start, range.end);
  const out = new Uint8Array(run.length);
  const bytes = opener.openInto(range.firstIndex, run, range.end >= sealed.length, out, 0);
  return out.subarray(0, bytes).subarray(range.skip, range.skip + end - start);
}

function code(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
}

describe("random access", () => {
  test("reads any range as a slice of the whole", () => {
    const law = fc.property(fc.nat(plain.length), fc.nat(plain.length), (a, b) => {
      const [start, end] = a < b ? [a, b] : [b, a];
      expect(Buffer.from(readRange(start, end)).equals(plain.subarray(start, end))).toBe(true);
    });
    fc.assert(law, {
      examples: [
        [0, plain.length],
        [chunkBytes, 2 * chunkBytes],
        [chunkBytes - 1, chunkBytes + 1],
        [chunkBytes, chunkBytes],
      ],
    });
  });

  test("finds a byte that was changed, wherever it is, and hands nothing out", () => {
    const law = fc.property(
      fc.integer({ min: 0, max: sealed.length - opener.headerBytes - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const index = Math.floor(at / sealedChunkBytes);
        const start = opener.headerBytes + index * sealedChunkBytes;
        const chunk = Buffer.from(sealed.subarray(start, start + sealedChunkBytes));
        chunk[at % sealedChunkBytes] = (chunk[at % sealedChunkBytes] ?? 0) ^ change;
        const out = new Uint8Array(chunkBytes);
        expect(code(() => opener.openChunk(index, chunk, index === 3, out, 0))).toBe("E_FIXITY");
        expect(out.every((byte) => byte === 0)).toBe(true);
      },
    );
    fc.assert(law);
  });

  test("refuses a chunk in another place, or as the end where it is not", () => {
    const chunk = sealed.subarray(opener.headerBytes, opener.headerBytes + sealedChunkBytes);
    const out = new Uint8Array(chunkBytes);
    expect(code(() => opener.openChunk(1, chunk, false, out, 0))).toBe("E_FIXITY");
    expect(code(() => opener.openChunk(0, chunk, true, out, 0))).toBe("E_FIXITY");
    expect(code(() => opener.openChunk(0, chunk, false, out, 0))).toBe("none");
  });

  test("refuses a run of no bytes as the end of a file, but reads an empty run elsewhere", () => {
    const none = new Uint8Array(0);
    expect(code(() => opener.openInto(4, none, true, none, 0))).toBe("E_FIXITY");
    expect(opener.openInto(4, none, false, none, 0)).toBe(0);
  });

  test("says so when the output has no room", () => {
    const chunk = sealed.subarray(opener.headerBytes, opener.headerBytes + sealedChunkBytes);
    expect(code(() => opener.openChunk(0, chunk, false, new Uint8Array(10), 0))).toBe("E_INTERNAL");
  });
});

describe("the header", () => {
  test("asks for more bytes until all of it is there", () => {
    for (let bytes = 0; bytes < opener.headerBytes; bytes += 1)
      expect(headerLength(sealed.subarray(0, bytes))).toBeUndefined();
    expect(headerLength(sealed.subarray(0, opener.headerBytes))).toBe(opener.headerBytes);
    expect(headerLength(sealed)).toBe(opener.headerBytes);
  });

  test("is not opened from too few bytes", () => {
    expect(code(() => openEnvelope(sealed.subarray(0, 100), [secret]))).toBe("E_FORMAT");
    expect(code(() => openEnvelope(new Uint8Array(0), [secret]))).toBe("E_FORMAT");
  });

  test("finds any byte that was changed", () => {
    const seen = new Set<string>();
    for (let at = 0; at < opener.headerBytes; at += 1) {
      const copy = Buffer.from(sealed);
      copy[at] = (copy[at] ?? 0) ^ 1;
      seen.add(code(() => openBytes(copy, [secret])));
    }
    expect([...seen].toSorted()).toEqual(["E_FIXITY", "E_FORMAT", "E_WRONG_KEY"]);
  });

  test("may be opened by any of several identities", () => {
    expect(openBytes(sealed, [other.secret]).length).toBe(plain.length);
    const stranger = generateIdentity().secret;
    expect(openBytes(sealed, [stranger, secret]).length).toBe(plain.length);
    expect(code(() => openBytes(sealed, [stranger]))).toBe("E_WRONG_KEY");
    expect(code(() => openBytes(sealed, []))).toBe("E_WRONG_KEY");
  });

  test("is refused when it is endless", () => {
    const endless = Buffer.alloc(maxHeaderBytes * 2, "-> x\n\n");
    endless.write("age-encryption.org/v1\n", "latin1");
    expect(code(() => headerLength(endless))).toBe("E_FORMAT");
  });

  test.each([
    ["another version", "age-encryption.org/v2\n-> x\n", /version other than v1/],
    ["armour", "-----BEGIN AGE ENCRYPTED FILE-----\n", /armored/],
    ["something else", "PK\u0003\u0004", /not an age file/],
  ])("says what it is instead: %s", (_, text, message) => {
    const error = { code: "E_FORMAT", message: expect.stringMatching(message) as unknown };
    expect(() => headerLength(Buffer.from(text))).toThrow(expect.objectContaining(error));
  });
});

describe("a passphrase", () => {
  const withPassphrase = sealBytes(plain, { passphrase: "right", workFactor: 10 });

  test("that is wrong is told from a broken file", () => {
    expect(openBytes(withPassphrase, { passphrase: "right" }).length).toBe(plain.length);
    expect(code(() => openBytes(withPassphrase, { passphrase: "Right" }))).toBe("E_WRONG_KEY");
    expect(code(() => openBytes(withPassphrase, [secret]))).toBe("E_WRONG_KEY");
    expect(code(() => openBytes(sealed, { passphrase: "right" }))).toBe("E_WRONG_KEY");
  });

  test("is not tried above the limit of work", () => {
    const keys = { passphrase: "right", maxWorkFactor: 9 };
    expect(code(() => openBytes(withPassphrase, keys))).toBe("E_FORMAT");
    expect(openBytes(withPassphrase, { ...keys, maxWorkFactor: 10 }).length).toBe(plain.length);
  });
});

test("a passphrase given where it cannot be an identity is refused", () => {
  expect(code(() => openBytes(sealed, ["my passphrase"]))).toBe("E_FORMAT");
});
