import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { displayPath, isUtf8Name, nameFromBytes, nameToBytes } from "./path-name.ts";

describe("a name of bytes", () => {
  test("comes back from its string, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(nameToBytes(nameFromBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  test("is its own text where it is valid UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(nameFromBytes(new TextEncoder().encode(text))).toBe(text);
        expect(isUtf8Name(text)).toBe(true);
      }),
    );
  });

  test("shows a byte that is not UTF-8 as a lone surrogate, as Python does", () => {
    const latin1 = Uint8Array.of(0x66, 0xfc, 0x72);
    expect(nameFromBytes(latin1)).toBe("f\uDCFCr");
    expect(isUtf8Name("f\uDCFCr")).toBe(false);
  });

  test("keeps a byte order mark, overlong forms, surrogates and cut sequences apart", () => {
    const names = [
      [0xef, 0xbb, 0xbf, 0x61],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xe2, 0x82],
      [0xf5, 0x80, 0x80, 0x80],
    ].map((bytes) => nameFromBytes(Uint8Array.from(bytes)));
    expect(names[0]).toBe("\uFEFFa");
    for (const name of names.slice(1)) expect(isUtf8Name(name)).toBe(false);
    expect(new Set(names).size).toBe(names.length);
  });
});

test("a name is shown without characters that move the cursor or the reading direction", () => {
  expect(displayPath("plain/ünïcode 📷.jpg")).toBe("plain/ünïcode 📷.jpg");
  expect(displayPath("a\nb\tc\\d")).toBe("a\\nb\\tc\\\\d");
  expect(displayPath("\u001B[2J\u202Egpj.exe")).toBe("\\x1b[2J\\u202egpj.exe");
  expect(displayPath("f\uDCFCr")).toBe("f\\xfcr");
});
