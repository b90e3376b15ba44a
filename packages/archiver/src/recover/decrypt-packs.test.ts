import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ManifestLine } from "../manifest/index.ts";
import { PackWriter } from "../pack/pack-writer.ts";
import { decryptPacks, type DecryptOptions } from "./decrypt-packs.ts";

const archiveId = "0b0f6f6e-6d0c-4d5c-9c38-2f4b8a1f0c11";
const stamp = { mode: 0o640, mtimeNs: 1_700_000_000_123_456_789n, uid: 0, gid: 0 };
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-decrypt-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const from = (...names: string[]): string => join(folder, "from", ...names);
const to = (...names: string[]): string => join(folder, "to", ...names);

/** Writes an unsealed pack: files by path, then further lines of the manifest. */
function pack(
  name: string,
  place: { run: number; number: number; archive?: string },
  files: Readonly<Record<string, string>>,
  lines: readonly ManifestLine[] = [],
): void {
  mkdirSync(dirname(from(name)), { recursive: true });
  const writer = new PackWriter(
    { path: from(name), recipients: [], zstd: false },
    { archiveId: place.archive ?? archiveId, run: place.run, number: place.number },
    new Date(0),
  );
  for (const [path, text] of Object.entries(files)) {
    const bytes = Buffer.from(text);
    const sizeBytes = bytes.length;
    const offset = writer.beginMember({ path, kind: "file", sizeBytes, ...stamp });
    writer.write(bytes);
    writer.endMember(sizeBytes);
    writer.addLine({ type: "file", path, sizeBytes, sha256: sha256(text), ...stamp, offset });
  }
  for (const line of lines) writer.addLine(line);
  writer.finish();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function link(path: string, target: string, text: string, same = false): ManifestLine {
  const sizeBytes = Buffer.byteLength(text);
  const content = {
    sizeBytes,
    sha256: sha256(text),
    ...(same && { inode: 7, same: true as const }),
  };
  return { type: "hardlink", path, link: target, ...content, ...stamp };
}

const inode = (name: string): number => statSync(to(name)).ino;

async function decrypt(options: Partial<DecryptOptions> = {}): ReturnType<typeof decryptPacks> {
  return decryptPacks({ source: from(), destination: to(), keys: undefined, ...options });
}

describe("decrypt", () => {
  test("puts packs in the order of time whatever their files are called", async () => {
    pack("z.tar", { run: 1, number: 1 }, { a: "old", b: "stays" });
    pack("deeper/a.tar", { run: 2, number: 1 }, { a: "new" });
    expect(await decrypt()).toMatchObject({ restored: 2, failed: 0, packsDamaged: 0 });
    expect(readFileSync(to("a"), "utf8")).toBe("new");
    expect(readdirSync(to())).toEqual(["a", "b"]);
    expect(statSync(to("a"), { bigint: true }).mtimeNs).toBe(stamp.mtimeNs);
    expect(statSync(to("a")).mode & 0o7777).toBe(0o640);
  });

  test("leaves out what a later pack says is gone", async () => {
    pack("r000001/p000001-a.tar", { run: 1, number: 1 }, { "d/a": "a", "d/b": "b" });
    pack("r000002/p000001-a.tar", { run: 2, number: 1 }, {}, [{ type: "deleted", path: "d/a" }]);
    await decrypt();
    expect(readdirSync(to("d"))).toEqual(["b"]);
  });

  test("makes files of their own of equal contents, and links of links", async () => {
    pack("1.tar", { run: 1, number: 1 }, { a: "text" }, [
      link("equal", "a", "text"),
      link("one", "a", "text", true),
      link("two", "a", "text", true),
    ]);
    await decrypt();
    expect(new Set(["a", "equal", "one"].map(inode)).size).toBe(3);
    expect(inode("two")).toBe(inode("one"));
  });

  test("opens some packs of an archive and names what is not in them", async () => {
    pack("r000001/p000002-a.tar", { run: 1, number: 2 }, { here: "here" }, [
      link("elsewhere", "in another pack", "other"),
    ]);
    const missing: string[] = [];
    const result = await decrypt({ onDamagedFile: ({ path }) => missing.push(path) });
    expect(result).toMatchObject({ restored: 1, missing: 1 });
    expect(missing).toEqual(["elsewhere"]);
  });

  test("keeps what is there already, unless told to replace it", async () => {
    pack("1.tar", { run: 1, number: 1 }, { a: "archived" });
    mkdirSync(to());
    writeFileSync(to("a"), "mine");
    expect(await decrypt()).toMatchObject({ restored: 0, skipped: 1 });
    expect(readFileSync(to("a"), "utf8")).toBe("mine");
    expect(await decrypt({ onExisting: "overwrite" })).toMatchObject({ restored: 1 });
    expect(readFileSync(to("a"), "utf8")).toBe("archived");
  });

  test("writes nothing through a symlink that lies at the destination", async () => {
    pack("1.tar", { run: 1, number: 1 }, { "link/a": "text" });
    mkdirSync(to());
    mkdirSync(join(folder, "outside"));
    symlinkSync(join(folder, "outside"), to("link"));
    expect(await decrypt()).toMatchObject({ restored: 0 });
    expect(readdirSync(join(folder, "outside"))).toEqual([]);
  });

  test("leaves out a pack of another archive and says so", async () => {
    pack("1.tar", { run: 1, number: 1 }, { a: "a" });
    const archive = "11111111-6d0c-4d5c-9c38-2f4b8a1f0c11";
    pack("2.tar", { run: 1, number: 2, archive }, { b: "b" });
    const skipped: string[] = [];
    await decrypt({
      progress: (event) => {
        if (event.type === "item" && event.outcome === "skipped") skipped.push(event.name);
      },
    });
    expect(readdirSync(to())).toEqual(["a"]);
    expect(skipped).toEqual(["2.tar"]);
  });

  test("says where there is no pack", async () => {
    mkdirSync(from());
    await expect(decrypt()).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    expect(existsSync(to())).toBe(false);
  });

  test("hands tars of pyArchiver to whom can open them, and refuses them else", async () => {
    mkdirSync(from());
    for (const name of ["ARCHIVE_2.tar.gz.aes", "ARCHIVE_1.tar.gz"]) writeFileSync(from(name), "");
    await expect(decrypt()).rejects.toMatchObject({ code: "E_UNSUPPORTED" });
    const seen: string[] = [];
    const figures = { restored: 0, unchanged: 0, damaged: 0, missing: 0, skipped: 0, failed: 0 };
    await decrypt({
      extractPyTars: async ({ names }) => {
        seen.push(...names);
        return { ...figures, packsDamaged: 0, packsMissing: 0 };
      },
    });
    expect(seen).toEqual(["ARCHIVE_1.tar.gz", "ARCHIVE_2.tar.gz.aes"]);
  });
});
