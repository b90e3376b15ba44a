import { readFileSync } from "node:fs";
import { displayPath, isColdstowError, nameFromBytes, nameToBytes } from "@coldstow/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ManifestReader,
  encodeManifestHeader,
  encodeManifestLine,
  formatIsoTime,
  maxManifestLineBytes,
  parseIsoTime,
  type ManifestHeader,
  type ManifestLine,
} from "./index.ts";

const header: ManifestHeader = {
  archive: "0b0f6f6e-6d0c-4d5c-9c38-2f4b8a1f0c11",
  run: 3,
  pack: 2,
  created: "2026-11-21T21:30:00.000Z",
};
const head = encodeManifestHeader(header);

function read(
  text: string | Uint8Array,
  chunkBytes = 1 << 20,
): { headers: ManifestHeader[]; lines: ManifestLine[] } {
  const headers: ManifestHeader[] = [];
  const lines: ManifestLine[] = [];
  const reader = new ManifestReader({
    header: (one) => headers.push(one),
    line: (one) => lines.push(one),
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.feed(bytes.subarray(at, at + chunkBytes));
  }
  reader.finish();
  return { headers, lines };
}

function codeOf(text: string | Uint8Array): string {
  try {
    read(text);
  } catch (error) {
    return isColdstowError(error) ? error.code : String(error);
  }
  return "read";
}

const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/u);
const size = fc.maxSafeNat();
const name = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 60 }),
    fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text)),
  )
  .map((bytes) => nameFromBytes(bytes.filter((byte) => byte !== 0 && byte !== 0x2f)))
  .filter((one) => one !== "" && one !== "..");
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
const stamp = {
  path,
  mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  mode: fc.nat(0o7777),
  uid: size,
  gid: size,
};
const content = { ...stamp, sizeBytes: size, sha256 };
const part = fc
  .record({ n: fc.integer({ min: 1, max: 9 }), more: fc.nat(9), path, sizeBytes: size, sha256 })
  .map(({ n, more, sha256: digest, ...whole }) => ({
    n,
    of: n + more,
    whole: more === 0 ? { ...whole, sha256: digest } : whole,
  }));
const yes = fc.constant(true as const);
const kind = <const T extends string>(type: T): fc.Arbitrary<T> => fc.constant(type);
const line: fc.Arbitrary<ManifestLine> = fc.oneof(
  fc.record(
    {
      ...content,
      type: kind("file"),
      offset: size,
      storedBytes: size,
      inode: size,
      part,
      torn: yes,
    },
    {
      requiredKeys: [
        "type",
        "path",
        "mtimeNs",
        "mode",
        "uid",
        "gid",
        "sizeBytes",
        "sha256",
        "offset",
      ],
    },
  ),
  fc.record(
    { ...content, type: kind("hardlink"), link: path, same: yes, inode: size, part },
    {
      requiredKeys: [
        "type",
        "path",
        "mtimeNs",
        "mode",
        "uid",
        "gid",
        "sizeBytes",
        "sha256",
        "link",
      ],
    },
  ),
  fc.record({ ...stamp, type: kind("directory") }),
  fc.record({ ...stamp, type: kind("symlink"), target: path }),
  fc.record({ type: kind("deleted"), path }),
  fc.record({ ...content, type: kind("metadata") }),
);

describe("a manifest", () => {
  test("gives back every line that was written, whatever the slices it is read in", () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 5 }),
        fc.integer({ min: 1, max: 600 }),
        (lines, cut) => {
          const text = head + lines.map((one) => encodeManifestLine(one)).join("");
          expect(read(text, cut)).toEqual({ headers: [header], lines });
        },
      ),
      { numRuns: 300 },
    );
  });

  test("writes one line of valid JSON and UTF-8, with the bytes of names that are not UTF-8", () => {
    fc.assert(
      fc.property(line, (one) => {
        const text = encodeManifestLine(one);
        expect(text.indexOf("\n")).toBe(text.length - 1);
        expect(text.isWellFormed()).toBe(true);
        const isText = one.path.isWellFormed();
        const base64 = Buffer.from(nameToBytes(one.path)).toString("base64");
        const json = JSON.parse(text) as { path: string; path_b64?: string };
        expect({ path: json.path, base64: json.path_b64 }).toEqual({
          path: isText ? one.path : displayPath(one.path),
          base64: isText ? undefined : base64,
        });
      }),
    );
  });

  test("fails with E_FORMAT or not at all after bytes were changed", () => {
    const text = Buffer.from(
      head +
        encodeManifestLine({
          type: "hardlink",
          path: "a/é",
          link: "b",
          mtimeNs: -1n,
          mode: 0o644,
          uid: 0,
          gid: 0,
          sizeBytes: 5,
          sha256: "ab".repeat(32),
          part: { n: 2, of: 2, whole: { path: "w", sizeBytes: 9, sha256: "cd".repeat(32) } },
        }),
    );
    const change = fc.tuple(fc.nat(text.length - 1), fc.nat(255));
    const codes = new Set<string>();
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const copy = Buffer.from(text);
        for (const [at, byte] of changes) copy[at] = byte;
        const code = codeOf(copy);
        codes.add(code);
        expect(["read", "E_FORMAT", "E_NEWER_FORMAT"]).toContain(code);
      }),
      { numRuns: 500 },
    );
    expect(codes).toContain("E_FORMAT");
  });

  test("is read as its format page shows it", () => {
    const page = readFileSync(
      new URL("../../../../docs/formats/manifest.md", import.meta.url),
      "utf8",
    );
    const example = page.split("## Example")[1]?.split("```")[1]?.replace("jsonl\n", "") ?? "";
    const { headers, lines } = read(example);
    expect(headers).toHaveLength(1);
    expect(lines.map((one) => one.type)).toEqual([
      "file",
      "hardlink",
      "symlink",
      "directory",
      "deleted",
    ]);
    expect(lines.at(-1)?.path).toBe("old\uDCFF");
    const rewritten = encodeManifestHeader(headers[0] ?? header);
    expect(rewritten + lines.map((one) => encodeManifestLine(one)).join("")).toBe(example);
  });
});

const deleted = '{"type":"deleted","path":"a"}\n';

describe("a manifest's reader", () => {
  test("passes over unknown keys, and over unknown types that are marked optional", () => {
    const text = `${head}{"type":"deleted","path":"a","new":1}\n{"type":"later","optional":true}\n`;
    expect(read(text).lines).toEqual([{ type: "deleted", path: "a" }]);
  });

  test.each([
    ["no line at all", ""],
    ["no header", deleted],
    ["an unknown type", `${head}{"type":"later"}\n`],
    ["a last line that is cut off", head + deleted.slice(0, -1)],
    ["an empty line", `${head}\n`],
    ["something that is no object", `${head}[1]\n`],
    ["an absolute path", `${head}{"type":"deleted","path":"/etc"}\n`],
    ["a path that leads upwards", `${head}{"type":"deleted","path":"a/../../b"}\n`],
    ["an empty path", `${head}{"type":"deleted","path":""}\n`],
    ["a lone surrogate", `${head}{"type":"deleted","path":"\\udc80"}\n`],
    ["bytes that are not base64", `${head}{"type":"deleted","path":"x","path_b64":"!"}\n`],
    [
      "a path that leads upwards in base64",
      `${head}{"type":"deleted","path":"x","path_b64":"Li4="}\n`,
    ],
    ["a byte-order mark", `\uFEFF${head}`],
    [
      "a line beyond the cap",
      `${head}{"type":"deleted","path":"${"a".repeat(maxManifestLineBytes)}"}\n`,
    ],
    [
      "a directory without a time",
      `${head}{"type":"directory","path":"a","mode":"0755","uid":0,"gid":0}\n`,
    ],
  ])("refuses %s with E_FORMAT", (_, text) => {
    expect(codeOf(text)).toBe("E_FORMAT");
  });

  test("refuses bytes that are not UTF-8 with E_FORMAT", () => {
    const bytes = Buffer.from(`${head}{"type":"deleted","path":"?"}\n`);
    bytes[bytes.lastIndexOf(0x3f)] = 0xff;
    expect(codeOf(bytes)).toBe("E_FORMAT");
  });

  test("refuses a newer version with E_NEWER_FORMAT", () => {
    expect(codeOf(head.replace('"manifest":1', '"manifest":2'))).toBe("E_NEWER_FORMAT");
  });

  test("reports damaged lines and goes on when it is asked to", () => {
    const damaged: number[] = [];
    const paths: string[] = [];
    const reader = new ManifestReader({
      header: () => undefined,
      line: (one) => paths.push(one.path),
      damaged: (lineNumber) => damaged.push(lineNumber),
    });
    reader.feed(
      Buffer.from(`${head}${deleted}\0\0\0${deleted}${deleted.replace('"a"', '"b"')}{"ty`),
    );
    reader.finish();
    expect({ paths, damaged }).toEqual({ paths: ["a", "b"], damaged: [3, 5] });
  });
});

describe("times in a manifest", () => {
  test.each([
    [0n, "1970-01-01T00:00:00.000000000Z"],
    [-1n, "1969-12-31T23:59:59.999999999Z"],
    [-(2n ** 63n), "1677-09-21T00:12:43.145224192Z"],
    [2n ** 63n - 1n, "2262-04-11T23:47:16.854775807Z"],
    [1_700_000_000_123_456_789n, "2023-11-14T22:13:20.123456789Z"],
  ])("%s ns is %s", (timeNs, text) => {
    expect(formatIsoTime(timeNs)).toBe(text);
    expect(parseIsoTime(text)).toBe(timeNs);
  });

  test.each([
    "2023-02-30T00:00:00.000000000Z",
    "2023-11-14T22:13:20.123Z",
    "2262-04-11T23:47:16.854775808Z",
    "2023-11-14T24:00:00.000000000Z",
    "now",
  ])("%s is no time", (text) => {
    expect(parseIsoTime(text)).toBeUndefined();
  });

  test("beyond signed 64-bit nanoseconds are refused", () => {
    expect(() => formatIsoTime(2n ** 63n)).toThrow(/1677 to 2262/u);
  });
});
