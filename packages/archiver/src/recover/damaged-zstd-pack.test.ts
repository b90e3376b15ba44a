import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash, randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateIdentity } from "@coldstow/crypto";
import { PackWriter } from "../pack/pack-writer.ts";
import { recoverArchive } from "./recover-archive.ts";

const identity = generateIdentity();
const archiveId = "0b0f6f6e-6d0c-4d5c-9c38-2f4b8a1f0c11";
const frameBytes = 4 << 20;
const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const packKey = (kind: string): string => `packs/r000001/p000001-0123456789abcdef.${kind}`;

interface Member {
  readonly path: string;
  readonly bytes: Buffer;
  readonly offset: number;
}

let folder = "";
let members: Member[] = [];
let plain: Buffer;
let sealed: Buffer;
let made = 0;

/** Half noise, half repetition: a frame takes many chunks, and some frames are tiny. */
function bytesOf(n: number): Buffer {
  const bytes = Buffer.alloc(300_000 + n * 40_000, `line of ${n}\n`);
  if (n < 12 || n > 26) bytes.set(randomBytes(bytes.length >> 1));
  return bytes;
}

function writePack(path: string, recipients: readonly string[]): void {
  const writer = new PackWriter(
    { path, recipients, zstd: true },
    { archiveId, run: 1, number: 1 },
    new Date(0),
  );
  members = members.map(({ path: name, bytes }) => {
    const stamp = { mode: 0o644, mtimeNs: 1_000_000_000n, uid: 0, gid: 0 };
    const sizeBytes = bytes.length;
    const offset = writer.beginMember({ path: name, kind: "file", sizeBytes, ...stamp });
    writer.write(bytes);
    writer.endMember(sizeBytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    writer.addLine({ type: "file", path: name, sizeBytes, sha256, ...stamp, offset });
    return { path: name, bytes, offset };
  });
  writer.finish();
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-zstd-"));
  members = Array.from({ length: 34 }, (_, n) => ({
    path: `file-${n}`,
    bytes: bytesOf(n),
    offset: 0,
  }));
  writePack(join(folder, "plain"), []);
  plain = readFileSync(join(folder, "plain"));
  writePack(join(folder, "sealed"), [identity.recipient]);
  sealed = readFileSync(join(folder, "sealed"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function recoverPack(
  bytes: Buffer,
  kind: string,
): Promise<{ whole: Set<string>; damaged: Set<string> }> {
  made += 1;
  const place = join(folder, String(made));
  mkdirSync(join(place, "from", packKey(kind), ".."), { recursive: true });
  writeFileSync(join(place, "from", packKey(kind)), bytes);
  const damaged = new Set<string>();
  try {
    await recoverArchive({
      source: join(place, "from"),
      destination: join(place, "to"),
      keys: { identities: [identity.secret] },
      onDamagedFile: (file) => damaged.add(file.path),
    });
    const whole = new Set<string>();
    for (const { path, bytes: original } of members) {
      // A name that lay in lost frames only, as its bytes did, cannot be told.
      if (damaged.has(path) || !existsSync(join(place, "to", path))) continue;
      if (!readFileSync(join(place, "to", path)).equals(original))
        throw new Error(`${path} is wrong`);
      whole.add(path);
    }
    return { whole, damaged };
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** Where frames begin in the compressed bytes. */
function frameStarts(): number[] {
  const starts: number[] = [];
  for (let at = plain.indexOf(magic); at >= 0; at = plain.indexOf(magic, at + 1)) starts.push(at);
  return starts;
}

/** Members none of whose bytes lie in a frame that the range of compressed bytes touches. */
function safeMembers(start: number, end: number): string[] {
  const starts = [...frameStarts(), plain.length];
  const lost = new Set(
    starts.flatMap((from, frame) => {
      const to = starts[frame + 1];
      return to !== undefined && from < end && start < to ? [frame] : [];
    }),
  );
  const isLost = (at: number): boolean => lost.has(Math.floor(at / frameBytes));
  return members
    .filter(({ offset, bytes }) => {
      for (let at = offset; at < offset + bytes.length; at += 65_536) if (isLost(at)) return false;
      return !isLost(offset + bytes.length - 1);
    })
    .map(({ path }) => path);
}

describe("a compressed pack", () => {
  test("has several frames, some of which are smaller than a chunk of the envelope", () => {
    const starts = frameStarts();
    const lengths = starts.map((start, frame) => (starts[frame + 1] ?? plain.length) - start);
    expect(starts.length).toBeGreaterThan(5);
    expect(Math.min(...lengths)).toBeLessThan(65_536);
  });

  test("that is whole gives every file", async () => {
    expect((await recoverPack(plain, "tar.zst")).whole.size).toBe(members.length);
    expect((await recoverPack(sealed, "tar.zst.age")).whole.size).toBe(members.length);
  });

  test("loses only the frames that a damaged place touches, where it is not sealed", async () => {
    const place = fc.nat(plain.length - 2);
    await fc.assert(
      fc.asyncProperty(place, fc.nat(100_000), async (start, length) => {
        const bytes = Buffer.from(plain);
        const end = Math.min(plain.length, start + length + 1);
        for (let at = start; at < end; at += 1) bytes[at] = (bytes[at] ?? 0) ^ 0x55;
        const { whole } = await recoverPack(bytes, "tar.zst");
        // The manifest lies in the last frame; where it is lost the tar speaks for itself.
        expect(safeMembers(start, end).filter((path) => !whole.has(path))).toEqual([]);
      }),
      // Damage in a frame's header, where it says how much the frame holds.
      { numRuns: 12, examples: [[5, 3]] },
    );
  });

  test("loses only the frames that damaged chunks touch, where it is sealed", async () => {
    const headerBytes = sealed.length - plain.length - 16 * Math.ceil(plain.length / 65_536);
    await fc.assert(
      fc.asyncProperty(fc.nat(plain.length - 1), async (at) => {
        const bytes = Buffer.from(sealed);
        const chunk = Math.floor(at / 65_536);
        const position = headerBytes + at + 16 * chunk;
        bytes[position] = (bytes[position] ?? 0) ^ 1;
        const { whole } = await recoverPack(bytes, "tar.zst.age");
        const safe = safeMembers(chunk * 65_536, (chunk + 1) * 65_536);
        expect(safe.filter((path) => !whole.has(path))).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });
});
