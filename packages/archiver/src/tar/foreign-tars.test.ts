import { spawnSync } from "node:child_process";
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { nameFromBytes, nameToBytes } from "@coldstow/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTar, type ReadMember } from "./index.ts";

/** Made by Python 3.11's tarfile with format=PAX_FORMAT, then zlib. */
const pythonTar =
  "eNrtm8tu2kAUhmfNU/gFsOc+ygI56ardRFF3XbrBik24WPagwiPxHLxXW8wlCYGC1NZjwvwfixnBYiQO5//POWPCKIxu" +
  "H5LZ5zTppyVpBLrhTyul3Lzu6/cZ5UySYEYcMK1sUq6OJ37CRTCy+SjtMbP7/kOuOgT4QTFM8nFoZ7bBM+oflZayXplR" +
  "9O26RRMmFZfGULnOf7bakoC6zP9pdVr+zn3+QcnS4XCCdPeW8AL8nyt94P+cwv9dsFLaoEhs1iuyiZ1U0XJhl4to1hLh" +
  "oHjqcLMrSfTNlpBxIZWGTv1//9+EPbZxc0F/4//H638qX/xfrIyfCqm1cuz/nsZ/UKRPyAL4f6v9v1GH/b+B/zvp/1mQ" +
  "9cvHLCmr1PY+fbm/+/qtw7Y1wfe5Tavur58dTAmulU2I47jJM877v9jv/6kRXML/XVAmP5AE8P92/Z8dmf8L+L+T/l/t" +
  "nD3tUji6d9h8PG/6jPP+/36vtWTwf3/0/3D+yzj034n+y63+d1kI+fePsYPx31/ov+QG+u+N/uP5n9bAZM9v+nkZudB/" +
  "o9RJ/d+f/2lV3/8p5L8X+s/FkfsfBf13Uv8LGQzz8fP6vme5aOeF+6XWqGN/CfX//vOfmmlBAh7/A8h/1P+IP+p/cJIs" +
  "KfuXp/9UUUYC5uLPCZ7nPwAAAAAAAAAAAAAAAAAAALgufgOjQBMM";

interface Heard {
  readonly member: ReadMember;
  readonly content: Buffer;
}

function read(tar: Uint8Array): Map<string, Heard> {
  const heard = new Map<string, Heard>();
  let last: Heard | undefined;
  for (const event of readTar([tar])) {
    if (event.type === "member") {
      last = { member: event.member, content: Buffer.alloc(event.member.sizeBytes) };
      heard.set(event.member.path, last);
    } else if (event.type === "data") last?.content.set(event.bytes, event.fileOffset);
  }
  return heard;
}

let folder = "";
const longName = `${"l".repeat(90)}/${"m".repeat(120)}/${"n".repeat(255)}`;
const byteName = nameFromBytes(Buffer.from([0x62, 0xff, 0xfe]));
const files = ["a.txt", "ä ü", "new\nline", byteName, "empty", "s"];

function tree(path: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/tree/`), nameToBytes(path)]);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-foreign-"));
  mkdirSync(join(folder, "tree", longName), { recursive: true });
  mkdirSync(join(folder, "tree", "hollow"));
  for (const name of files)
    writeFileSync(tree(name), name === "empty" ? "" : `content of ${name.length}`);
  writeFileSync(tree(`${longName}/deep`), "deep");
  symlinkSync(`${"t/".repeat(90)}t`, tree("link"));
  linkSync(tree("a.txt"), tree("z hard"));
  utimesSync(tree("a.txt"), 1_600_000_000, 1_600_000_000.25);
  const sparse = openSync(tree("sparse"), "w");
  for (let i = 0; i < 60; i += 1) writeSync(sparse, Buffer.alloc(4096, i + 1), 0, 4096, i * 65_536);
  writeSync(sparse, Buffer.from("end"), 0, 3, 9_000_000);
  closeSync(sparse);
  const tail = openSync(tree("tail"), "w");
  writeSync(tail, Buffer.from("start"), 0, 5, 0);
  closeSync(tail);
  truncateSync(tree("tail"), 5_000_000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function make(command: string, args: readonly string[]): Uint8Array {
  const tar = join(folder, "made.tar");
  const { status, stderr } = spawnSync(command, [...args, "-cf", tar, "-C", folder, "tree"]);
  // bsdtar stores a name that is not UTF-8 all the same, and says so.
  const unsaid = stderr.toString("latin1").replace(/^.*: Can't translate pathname .*$/gmu, "");
  expect({ status, unsaid: unsaid.trim() }).toEqual({ status: 0, unsaid: "" });
  return readFileSync(tar);
}

/** The file under a name, found through the hard link where the name is one. */
function fileAt(heard: Map<string, Heard>, path: string): Heard {
  const found = heard.get(path);
  const file = found?.member.kind === "hardlink" ? heard.get(found.member.linkTarget ?? "") : found;
  if (file === undefined) throw new Error(`${path} is missing`);
  return file;
}

function expectTree(
  tar: Uint8Array,
  options: { ns: boolean; long: boolean; sparse: boolean },
): void {
  const heard = read(tar);
  const names = [...files, "tail", "sparse", ...(options.long ? [`${longName}/deep`] : [])];
  for (const name of names) {
    const { member, content } = fileAt(heard, `tree/${name}`);
    const path = tree(name);
    const stat = statSync(path, { bigint: true });
    const mtimeNs = options.ns ? stat.mtimeNs : stat.mtimeNs - (stat.mtimeNs % 1_000_000_000n);
    expect({
      kind: member.kind,
      sizeBytes: BigInt(member.sizeBytes),
      mtimeNs: member.mtimeNs,
      mode: BigInt(member.mode),
      owners: [member.uid, member.gid],
      isSame: content.equals(readFileSync(path)),
      isSparse: member.sparse !== undefined,
    }).toEqual({
      kind: "file",
      sizeBytes: stat.size,
      mtimeNs,
      mode: stat.mode & 0o7777n,
      owners: [Number(stat.uid), Number(stat.gid)],
      isSame: true,
      isSparse: options.sparse && (name === "tail" || name === "sparse"),
    });
  }
  expect(heard.get("tree/hollow")?.member.kind).toBe("directory");
  const links = ["tree/a.txt", "tree/z hard"].map((name) => heard.get(name)?.member);
  const hard = links.find((member) => member?.kind === "hardlink");
  const first = links.find((member) => member?.kind === "file");
  expect(hard?.linkTarget).toBe(first?.path);
  const link = heard.get("tree/link")?.member;
  expect(link?.linkTarget).toBe(options.long ? `${"t/".repeat(90)}t` : undefined);
}

describe("the reader reads as it was meant", () => {
  test.each([
    ["gnu", ["--format=gnu"], { ns: false, long: true, sparse: false }],
    [
      "gnu with sparse files",
      ["--format=gnu", "--sparse"],
      { ns: false, long: true, sparse: true },
    ],
    [
      "oldgnu with sparse files",
      ["--format=oldgnu", "-S"],
      { ns: false, long: true, sparse: true },
    ],
    ["pax", ["--format=pax"], { ns: true, long: true, sparse: false }],
    [
      "sparse 0.0",
      ["--format=posix", "-S", "--sparse-version=0.0"],
      { ns: true, long: true, sparse: true },
    ],
    [
      "sparse 0.1",
      ["--format=posix", "-S", "--sparse-version=0.1"],
      { ns: true, long: true, sparse: true },
    ],
    [
      "sparse 1.0",
      ["--format=posix", "-S", "--sparse-version=1.0"],
      { ns: true, long: true, sparse: true },
    ],
    [
      "pax with global headers",
      ["--format=posix", "--pax-option=globexthdr.name=g,comment=x,gname=everyone"],
      { ns: true, long: true, sparse: false },
    ],
    [
      "ustar",
      ["--format=ustar", "--exclude=lll*", "--exclude=link"],
      { ns: false, long: false, sparse: false },
    ],
    [
      "v7",
      ["--format=v7", "--exclude=lll*", "--exclude=link"],
      { ns: false, long: false, sparse: false },
    ],
  ] as const)("GNU tar's %s", (_, args, options) => {
    expect.hasAssertions();
    expectTree(make("tar", ["--sort=name", ...args]), options);
  });

  test.each([
    ["pax", ["--format=pax", "--no-read-sparse"], { ns: true, long: true, sparse: false }],
    [
      "pax with sparse files",
      ["--format=pax", "--read-sparse"],
      { ns: true, long: true, sparse: true },
    ],
    ["gnutar", ["--format=gnutar"], { ns: false, long: true, sparse: false }],
  ] as const)("bsdtar's %s", (_, args, options) => {
    expect.hasAssertions();
    expectTree(make("bsdtar", args), options);
  });

  test("numbers in base 256, as GNU tar writes them", () => {
    const tar = make("tar", [
      "--format=gnu",
      "--owner=:3000000",
      "--mtime=@-5",
      "--exclude=tree/*",
    ]);
    const member = read(tar).get("tree")?.member;
    expect(member).toMatchObject({ uid: 3_000_000, mtimeNs: -5_000_000_000n });
  });

  test("Python's tarfile in PAX format, with its exponents and raw bytes", () => {
    const heard = read(inflateSync(Buffer.from(pythonTar, "base64")));
    const said = [...heard.values()].map(({ member, content }) => [
      member.path,
      member.kind,
      member.mtimeNs,
      member.linkTarget ?? String(content),
    ]);
    expect(said).toEqual([
      ["plain.txt", "file", 1_700_000_000_250_000_000n, "hello\n"],
      [`photos/été/${"x".repeat(120)}.jpg`, "file", 1_699_999_999_123_456_000n, "jpeg"],
      [byteName.replace("b", "bytes-"), "file", 1_700_000_000_250_000_000n, "raw"],
      ["tiny", "file", 10_000n, ""],
      ["neg", "file", -1_500_000_000n, ""],
      ["dir", "directory", 1_700_000_000_250_000_000n, ""],
      ["link", "symlink", 1_700_000_000_250_000_000n, "é".repeat(60)],
      ["hard", "hardlink", 1_700_000_000_250_000_000n, "plain.txt"],
    ]);
    expect(heard.get("plain.txt")?.member).toMatchObject({
      uid: 1000,
      userName: "user",
      groupName: "user",
    });
  });
});
