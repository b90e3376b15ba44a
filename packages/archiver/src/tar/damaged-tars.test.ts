import { isColdstowError } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";
import {
  encodeMember,
  endOfArchive,
  maxExtendedHeaderBytes,
  maxSparseRanges,
  memberPadding,
  parseSparseMap,
  readTar,
  type TarEvent,
  type TarMember,
  type TarReaderOptions,
} from "./index.ts";

const base = { mode: 0o644, mtimeNs: 0n, uid: 0, gid: 0 };

function block(fill: (header: Buffer) => void, member: Partial<TarMember> = {}): Buffer {
  const header = Buffer.from(
    encodeMember({ ...base, path: "m", kind: "file", sizeBytes: 0, ...member }),
  );
  fill(header);
  return withChecksum(header);
}

function withChecksum(header: Buffer): Buffer {
  header.write("        ", 148, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

function padded(data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([bytes, Buffer.alloc(memberPadding(bytes.length))]);
}

function pax(records: string, typeFlag = "x"): Buffer {
  const sizeBytes = Buffer.byteLength(records);
  const header = block((one) => one.write(typeFlag, 156, "latin1"), { sizeBytes });
  return Buffer.concat([header, padded(records)]);
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length)
    length = String(length).length + rest.length;
  return `${length}${rest}`;
}

function file(path: string, content: string): Buffer {
  const data = Buffer.from(content);
  return Buffer.concat([
    encodeMember({ ...base, path, kind: "file", sizeBytes: data.length }),
    padded(data),
  ]);
}

function events(tar: Uint8Array, options: TarReaderOptions = {}): TarEvent[] {
  return [...readTar([tar], options)];
}

function problemOf(tar: Uint8Array, options: TarReaderOptions = {}): string {
  try {
    events(tar, options);
  } catch (error) {
    return isColdstowError(error) ? `${error.code} ${error.message}` : String(error);
  }
  return "read";
}

const plain = block(() => undefined);
const end = endOfArchive();
const sparse10 = (map: string): Buffer =>
  Buffer.concat([
    pax(
      record("GNU.sparse.major", "1") +
        record("GNU.sparse.minor", "0") +
        record("GNU.sparse.realsize", "1000"),
    ),
    block(() => undefined, { sizeBytes: padded(map).length }),
    padded(map),
    end,
  ]);
const sparse01 = (map: string, sizeBytes: number): Buffer =>
  Buffer.concat([
    pax(record("GNU.sparse.size", "1000") + record("GNU.sparse.map", map)),
    block(() => undefined, { sizeBytes }),
    Buffer.alloc(512),
    end,
  ]);

describe("a hostile tar ends in E_FORMAT:", () => {
  test.each<[string, Uint8Array, RegExp]>([
    [
      "a wrong checksum",
      Buffer.concat([Buffer.from(plain).fill("n", 0, 1), end]),
      /wrong checksum/u,
    ],
    ["no tar at all", Buffer.alloc(2048, "text "), /wrong checksum/u],
    ["a size that is no number", block((one) => one.write("9", 124)), /size is no size/u],
    ["a negative size", block((one) => one.fill(0xff, 124, 136)), /size is no size/u],
    [
      "a size beyond 2^53",
      block((one) => one.fill(0x80, 124, 125).fill(0x7f, 125, 136)),
      /size is no size/u,
    ],
    ["a member without a name", block((one) => one.fill(0, 0, 100)), /no name/u],
    ["a link without a target", block((one) => one.write("2", 156)), /no target/u],
    ["a size behind the end", block(() => undefined, { sizeBytes: 5000 }), /ends within the data/u],
    ["an end within a header", plain.subarray(0, 300), /ends within a header/u],
    ["one zero block between members", Buffer.concat([Buffer.alloc(512), plain]), /zeros stand/u],
    [
      "zeros behind an extended header",
      Buffer.concat([pax(record("path", "a")), end]),
      /zeros follow/u,
    ],
    ["a record that is longer than its header", pax("999999 path=a\n"), /wrong length/u],
    ["a record with an absurd length", pax(`${"9".repeat(400)} path=a\n`), /wrong length/u],
    ["a record of length 0", pax("0 path=a\n"), /wrong length/u],
    ["a record without a key", pax("8 =abcd\n"), /no key/u],
    ["a record with a negative size", pax(record("size", "-1")), /size is no number/u],
    ["a record with a NUL in the path", pax(record("path", "a\0b")), /holds a NUL/u],
    ["a record with a time that is none", pax(record("mtime", "1e999")), /is no time/u],
    [
      "an extended header above the limit",
      block((one) => one.write("x", 156), { sizeBytes: maxExtendedHeaderBytes + 1 }),
      /larger than 1048576/u,
    ],
    [
      "a long name above the limit",
      block((one) => one.write("L", 156), { sizeBytes: maxExtendedHeaderBytes + 1 }),
      /larger than 1048576/u,
    ],
    [
      "extended headers without end",
      Buffer.concat(Array.from({ length: 20 }, () => pax(record("path", "a")))),
      /follow one another/u,
    ],
    ["a sparse map that overlaps", sparse10("2\n0\n10\n5\n10\n"), /overlap/u],
    ["a sparse map behind the file", sparse10("1\n999\n2\n"), /behind the end/u],
    ["a sparse map that is no number", sparse10("1\nx\n2\n"), /decimal lines/u],
    ["a sparse map with a huge count", sparse10(`${maxSparseRanges + 1}\n`), /more than/u],
    ["a sparse map that is cut off", sparse10("9\n0\n1\n"), /decimal lines/u],
    ["a sparse map that never ends", sparse10(`400\n${"0\n".repeat(254)}`), /cut off/u],
    ["a sparse map with too much data", sparse10("1\n0\n10\n"), /does not fit/u],
    ["a sparse list that is odd", sparse01("0,1,5", 1), /odd number/u],
    ["a sparse list with empty numbers", sparse01("0,,5", 1), /not made of numbers/u],
    ["a sparse list that does not fit", sparse01("0,5", 512), /does not fit/u],
    [
      "an unknown sparse format",
      Buffer.concat([
        pax(record("GNU.sparse.major", "2") + record("GNU.sparse.realsize", "1")),
        plain,
      ]),
      /unknown format/u,
    ],
  ])("%s", (_, tar, message) => {
    const problem = problemOf(tar);
    expect(problem).toMatch(message);
    expect(problem).toMatch(/^E_FORMAT /u);
    expect(events(tar, { resync: true }).at(-1)).toMatchObject({ type: "end" });
  });

  test("a member that reaches further than the tar is refused before its data when the length is known", () => {
    const tar = block(() => undefined, { sizeBytes: 5_000_000_000 });
    expect(problemOf(tar, { totalBytes: 512 })).toMatch(/reaches behind its end/u);
  });

  test("an old GNU sparse header whose extensions never end stops at the limit", () => {
    const header = block((one) => {
      one.write("S", 156).toString();
      one[482] = 1;
    });
    const extension = Buffer.alloc(512);
    for (let i = 0; i < 21; i += 1) extension.write("00000000000\0".repeat(2), 24 * i, "latin1");
    extension[504] = 1;
    const blocks = Array.from({ length: maxSparseRanges / 21 + 2 }, () => extension);
    expect(problemOf(Buffer.concat([header, ...blocks]))).toMatch(/E_FORMAT .*too long/u);
  });

  test("a map is not read beyond the bytes at hand", () => {
    expect(() => parseSparseMap(padded("1\n0\n5\n").subarray(0, 511), 517, 5)).toThrow(/cut off/u);
    expect(parseSparseMap(padded("1\n0\n5\n"), 517, 5)).toEqual({
      sparse: { realSizeBytes: 5, map: [[0, 5]] },
      mapBytes: 512,
    });
  });
});

function told(tar: Uint8Array): object {
  const all = events(tar, { resync: true });
  return {
    paths: all.flatMap((event) => (event.type === "member" ? [event.member.path] : [])),
    skipped: all.flatMap((event) =>
      event.type === "skipped" ? [[event.offset, event.lengthBytes]] : [],
    ),
    missing: all.flatMap((event) => (event.type === "member-end" ? [event.missingBytes] : [])),
    end: all.at(-1),
  };
}

describe("reading on after damage", () => {
  const first = file("first", "1".repeat(700));
  const long = file("x".repeat(240), "2".repeat(700));
  const third = file("third", "3".repeat(700));

  test("finds the next member after a header turned to zeros, and says what was passed over", () => {
    const tar = Buffer.concat([first, third, first, end]);
    tar.fill(0, 1536, 2048);
    expect(told(tar)).toEqual({
      paths: ["first", "first"],
      skipped: [[1536, 1536]],
      missing: [0, 0],
      end: { type: "end", offset: 4608, marked: true },
    });
  });

  test("finds the member whose extended header is damaged under the name that ustar holds", () => {
    const tar = Buffer.concat([first, long, third, end]);
    tar.fill(0, 1536, 2560);
    const all = events(tar, { resync: true });
    const members = all.flatMap((event) => (event.type === "member" ? [event.member] : []));
    expect(members.map(({ path, afterDamage }) => [path.length, afterDamage])).toEqual([
      [5, false],
      [100, true],
      [5, false],
    ]);
  });

  test("goes on behind zeros, which do not end the archive", () => {
    const tar = Buffer.concat([first, Buffer.alloc(65_536), third, end]);
    expect(told(tar)).toEqual({
      paths: ["first", "third"],
      skipped: [[1536, 65_536]],
      missing: [0, 0],
      end: { type: "end", offset: 3072 + 65_536, marked: true },
    });
  });

  test("says how much of the last member is missing", () => {
    expect(told(Buffer.concat([first, third.subarray(0, 812)]))).toEqual({
      paths: ["first", "third"],
      skipped: [],
      missing: [0, 400],
      end: { type: "end", offset: 1536 + 812, marked: false },
    });
  });

  test("reports everything as passed over where there is no tar", () => {
    expect(told(Buffer.alloc(1500, "no tar "))).toEqual({
      paths: [],
      skipped: [[0, 1500]],
      missing: [],
      end: { type: "end", offset: 1500, marked: false },
    });
  });
});

describe("the end of a tar", () => {
  test("is told to be unmarked where the two zero blocks are missing", () => {
    const tar = file("a", "1");
    expect(events(tar).at(-1)).toEqual({ type: "end", offset: 1024, marked: false });
    expect(events(Buffer.concat([tar, end])).at(-1)).toMatchObject({ marked: true });
  });

  test("is where the two zero blocks are, whatever comes behind them", () => {
    const tar = Buffer.concat([file("a", "1"), end, Buffer.alloc(10_000, "x")]);
    expect(events(tar).at(-1)).toEqual({ type: "end", offset: 1024, marked: true });
  });

  test("members in front of the damage are handed out before it is told", () => {
    const heard: string[] = [];
    const pull = (): void => {
      for (const event of readTar([Buffer.concat([file("a", "1"), Buffer.alloc(512, "x")])])) {
        heard.push(event.type);
      }
    };
    expect(pull).toThrow(/byte 1024/u);
    expect(heard).toEqual(["member", "data", "member-end"]);
  });

  test("an empty record takes back what a global header said", () => {
    const tar = Buffer.concat([
      pax(record("uid", "77") + record("gname", "all"), "g"),
      file("a", ""),
      pax(record("uid", "")),
      file("b", ""),
      end,
    ]);
    const all = events(tar).flatMap((event) => (event.type === "member" ? [event.member] : []));
    expect(all.map(({ path, uid, groupName }) => [path, uid, groupName])).toEqual([
      ["a", 77, "all"],
      ["b", 0, "all"],
    ]);
  });
});
