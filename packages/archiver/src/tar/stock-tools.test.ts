import { spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameFromBytes, nameToBytes } from "@coldstow/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  encodeMember,
  encodeSparseMap,
  endOfArchive,
  memberPadding,
  sparseDataBytes,
  sparseStoredBytes,
  type SparseLayout,
  type TarMember,
} from "./index.ts";

const ns = 1_700_000_000_123_456_789n;
const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;
const base = { mode: 0o640, mtimeNs: ns, uid, gid, sizeBytes: 0 };

interface Item {
  readonly member: TarMember;
  readonly data: Uint8Array;
}

function file(path: string, text: string, extra: Partial<TarMember> = {}): Item {
  const data = Buffer.from(text);
  return { member: { ...base, path, kind: "file", sizeBytes: data.length, ...extra }, data };
}

function sparse(path: string, layout: SparseLayout): Item {
  const member: TarMember = {
    ...base,
    path,
    kind: "file",
    sizeBytes: sparseStoredBytes(layout),
    sparse: layout,
  };
  return { member, data: Buffer.alloc(sparseDataBytes(layout), "S") };
}

const empty = new Uint8Array(0);
const deep = `${"n".repeat(200)}/`.repeat(18);

const plain: readonly Item[] = [
  file("a", "first\n"),
  file("whole second", "x", { mtimeNs: 1_700_000_000_000_000_000n }),
  file("empty", ""),
  file("mode", "x", { mode: 0o4755 }),
  file("exactly 512", "b".repeat(512)),
  file("ä/ü €", "umlauts"),
  file("line\nfeed = 12 x=y\n", "odd"),
  file(" leading and trailing ", "odd"),
  file("-n", "dash"),
  file("back\\slash", "odd"),
  file(`d/${"y".repeat(255)}`, "longest name"),
  file(`${"p".repeat(150)}/${"q".repeat(100)}`, "prefix"),
  file(`${"p".repeat(155)}/${"q".repeat(100)}`, "prefix full"),
  file(`${"p".repeat(156)}/${"q".repeat(100)}`, "prefix too long"),
  file("q".repeat(100), "name full"),
  file("q".repeat(101), "name too long"),
  file("far", "x", { mtimeNs: 9_223_372_036_854_775_807n }),
  file("before", "x", { mtimeNs: -2_000_000_000n }),
  { member: { ...base, path: "hard", kind: "hardlink", linkTarget: "a" }, data: empty },
  {
    member: { ...base, path: "hard long", kind: "hardlink", linkTarget: `d/${"y".repeat(255)}` },
    data: empty,
  },
  { member: { ...base, path: "link", kind: "symlink", linkTarget: "ä/ü €" }, data: empty },
  {
    member: { ...base, path: "link long", kind: "symlink", linkTarget: `${"t/".repeat(400)}t` },
    data: empty,
  },
  { member: { ...base, path: "hollow", kind: "directory", mode: 0o750 }, data: empty },
  {
    member: { ...base, path: `o/${"z".repeat(255)}`, kind: "directory", mode: 0o750 },
    data: empty,
  },
];
const binary: readonly Item[] = [
  file(nameFromBytes(Buffer.from([0x62, 0xff, 0xfe, 0x2f, 0xc3])), "bytes"),
  {
    member: {
      ...base,
      path: "to bytes",
      kind: "symlink",
      linkTarget: nameFromBytes(Buffer.from([0x62, 0xff])),
    },
    data: empty,
  },
];
const longPath: readonly Item[] = [
  file(`${deep}end`, "deep"),
  file(`${deep}${"e".repeat(255)}`, "deep"),
];
const fractions: readonly Item[] = [
  file("f/-1", "x", { mtimeNs: -1n }),
  file("f/-1.5", "x", { mtimeNs: -1_500_000_000n }),
];
const holes: readonly Item[] = [
  sparse("s/middle", {
    realSizeBytes: 3_004_096,
    map: [
      [1_000_000, 4096],
      [3_000_000, 4096],
    ],
  }),
  sparse("s/tail", { realSizeBytes: 9_000_000, map: [[0, 5]] }),
  sparse("s/nothing", { realSizeBytes: 5_000_000, map: [] }),
  sparse(`s/${"v".repeat(255)}`, { realSizeBytes: 5_000_000, map: [[4096, 1]] }),
  sparse("s/ränge", {
    realSizeBytes: 8_192_000,
    map: Array.from({ length: 1000 }, (_, i) => [i * 8192, i === 999 ? 100 : 512] as const),
  }),
];

function tarOf(items: readonly Item[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { member, data } of items) {
    parts.push(encodeMember(member));
    if (member.sparse !== undefined) parts.push(encodeSparseMap(member.sparse));
    parts.push(data, new Uint8Array(memberPadding(member.sizeBytes)));
  }
  return Buffer.concat([...parts, endOfArchive()]);
}

function run(command: string, args: readonly string[]): { stdout: Buffer; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    env: { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC" },
    maxBuffer: 1 << 26,
  });
  if (error !== undefined) throw error;
  expect({ command, status, stderr: status === 0 ? "" : String(stderr) }).toEqual({
    command,
    status: 0,
    stderr: "",
  });
  return { stdout, stderr: String(stderr) };
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-tar-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function unpack(
  items: readonly Item[],
  command: (tar: string, dest: string) => [string, ...string[]],
): { dest: Buffer; stderr: string } {
  count += 1;
  const dest = join(folder, `out-${count}`);
  const tar = join(folder, `in-${count}.tar`);
  mkdirSync(dest);
  writeFileSync(tar, tarOf(items));
  const [program, ...args] = command(tar, dest);
  return { dest: Buffer.from(`${dest}/`), stderr: run(program, args).stderr };
}

/** The whole content that an item stands for, holes as zeros. */
function wholeOf({ member, data }: Item): Buffer {
  if (member.sparse === undefined) return Buffer.from(data);
  const whole = Buffer.alloc(member.sparse.realSizeBytes);
  let at = 0;
  for (const [offset, length] of member.sparse.map) {
    whole.set(data.subarray(at, at + length), offset);
    at += length;
  }
  return whole;
}

function expectOnDisk(
  items: readonly Item[],
  dest: Buffer,
  owners: boolean,
  modeBits = 0o7777,
): void {
  for (const item of items) {
    const { member } = item;
    const path = Buffer.concat([dest, nameToBytes(member.path)]);
    const stat = lstatSync(path, { bigint: true });
    const source = items.find((one) => one.member.path === member.linkTarget);
    const from = member.kind === "hardlink" && source !== undefined ? source : item;
    const isLink = member.kind === "symlink";
    expect({
      path: member.path,
      kind: stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "symlink" : "file",
      mode: isLink ? 0 : Number(stat.mode) & modeBits,
      mtimeNs: stat.mtimeNs,
      ...(owners ? { uid: Number(stat.uid), gid: Number(stat.gid) } : {}),
      data: stat.isFile() ? readFileSync(path).equals(wholeOf(from)) : true,
      target: isLink ? nameFromBytes(readlinkSync(path, { encoding: "buffer" })) : undefined,
      sameFile:
        lstatSync(Buffer.concat([dest, nameToBytes(from.member.path)])).ino === Number(stat.ino),
      // A file system stores whole blocks of 4096 bytes, each eight of the 512 that are counted.
      isHollow: Number(stat.blocks) <= 16 * (member.sparse?.map.length ?? 1e6) + 16,
    }).toEqual({
      path: member.path,
      kind: member.kind === "hardlink" ? "file" : member.kind,
      mode: isLink ? 0 : from.member.mode & modeBits,
      mtimeNs: from.member.mtimeNs,
      ...(owners ? { uid, gid } : {}),
      data: true,
      target: isLink ? member.linkTarget : undefined,
      sameFile: true,
      isHollow: true,
    });
  }
}

const gnu = (tar: string, dest: string): [string, ...string[]] => [
  "tar",
  "--numeric-owner",
  "--warning=no-timestamp",
  "-xpf",
  tar,
  "-C",
  dest,
];
const bsd = (tar: string, dest: string): [string, ...string[]] => [
  "bsdtar",
  "--numeric-owner",
  "-xpf",
  tar,
  "-C",
  dest,
];
const seven = (tar: string, dest: string): [string, ...string[]] => ["7z", "x", `-o${dest}`, tar];

describe("a tar that was written here", () => {
  test("is extracted by GNU tar as it was meant, without a word", () => {
    const items = [...plain, ...longPath, ...fractions, ...holes];
    const { dest, stderr } = unpack(items, gnu);
    expect(stderr).toBe("");
    expectOnDisk(items, dest, true);
  });

  test("is extracted by GNU tar with names that are not UTF-8; it only says that it does not know hdrcharset", () => {
    const { dest, stderr } = unpack(binary, gnu);
    const lines = new Set(stderr.trim().split("\n"));
    expect([...lines]).toEqual(["tar: Ignoring unknown extended header keyword 'hdrcharset'"]);
    expectOnDisk(binary, dest, true);
  });

  test("is extracted by bsdtar as it was meant, without a word", () => {
    const items = [...plain, ...longPath, ...binary, ...holes];
    const { dest, stderr } = unpack(items, bsd);
    expect(stderr).toBe("");
    expectOnDisk(items, dest, true);
  });

  test("is extracted by 7z as it was meant but for owners, sparse files and absolute links", () => {
    const items = [...plain, ...longPath, ...binary, ...fractions];
    const { dest, stderr } = unpack(items, seven);
    expect(stderr).toBe("");
    // It takes the set-user-id bit away.
    expectOnDisk(items, dest, false, 0o777);
  });

  test("is listed by GNU tar with every owner, size and time that was written", () => {
    const items = [
      file("big ids", "x", { uid: 3_000_000, gid: 4_294_967_294 }),
      file("most in octal", "x", { uid: 0o7777777, gid: 0o7777777 }),
      ...holes.slice(0, 1),
    ];
    const tar = join(folder, "list.tar");
    writeFileSync(tar, tarOf(items));
    const { stdout, stderr } = run("tar", ["--numeric-owner", "--full-time", "-tvf", tar]);
    expect(stderr).toBe("");
    const time = "2023-11-14 22:13:20.123456789";
    expect(
      String(stdout)
        .trim()
        .split("\n")
        .map((line) => line.replaceAll(/ +/gu, " ")),
    ).toEqual([
      `-rw-r----- 3000000/4294967294 1 ${time} big ids`,
      `-rw-r----- 2097151/2097151 1 ${time} most in octal`,
      `-rw-r----- ${uid}/${gid} 3004096 ${time} s/middle`,
    ]);
  });
});
