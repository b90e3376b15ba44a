import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { compareTrees } from "../tools/compare-trees.ts";
import { buildHostileTree } from "../tools/hostile-tree.ts";
import { noise } from "../tools/seeded-random.ts";
import { LibraryArchive, type LibraryOptions } from "./library-archive.ts";
import { digestTree } from "./tree-digest.ts";

const mebibyte = 1 << 20;
const made: LibraryArchive[] = [];

async function archiveOf(options: LibraryOptions = {}): Promise<LibraryArchive> {
  const archive = await LibraryArchive.make(options);
  made.push(archive);
  return archive;
}

afterEach(async () => {
  for (const archive of made.splice(0)) await archive.close();
});

function write(archive: LibraryArchive, path: string, bytes: string | Uint8Array): string {
  const at = join(archive.tree, path);
  mkdirSync(join(at, ".."), { recursive: true });
  writeFileSync(at, bytes);
  return at;
}

describe("the hostile tree", () => {
  it.each([
    { encrypted: true, compress: "auto" },
    { encrypted: false, compress: "none" },
  ] as const)("comes back exactly ($compress, encrypted: $encrypted)", async (options) => {
    const archive = await archiveOf({ ...options, packMebibytes: 4 });
    rmSync(archive.tree, { recursive: true });
    const expected = buildHostileTree(archive.tree, { sparseBytes: 24 * mebibyte });
    const first = await archive.run();
    const told = first.items.map(({ name }) => name);
    expect(told.length).toBe(new Set(told).size);
    expect(first.leftOut).toBe(expected.filter(({ outcome }) => outcome === "special").length + 1);
    const to = join(archive.folder, "back");
    expect(await archive.restore(to)).toMatchObject({ failed: 0, skipped: 0 });
    const ignore = [".coldstow", ...expected.map(({ path }) => path)];
    expect(compareTrees(archive.tree, to, { ignore })).toEqual([]);
    const before = await archive.objects();
    expect(await archive.run()).toMatchObject({ changed: false, packs: 0, filesStored: 0 });
    expect(await archive.objects()).toEqual(before);
  });
});

describe("a run", () => {
  it("with no change opens no file and leaves the destination as it is", async () => {
    const archive = await archiveOf();
    const at = write(archive, "d/file", "words");
    // A file system notes when a file was read, as long as that is not after its last change.
    execFileSync("touch", ["-m", "-d", "2100-01-01", at]);
    await archive.run();
    const [objects, seen] = [await archive.objects(), statSync(at).atimeMs];
    const again = await archive.run();
    expect(again).toMatchObject({ changed: false, packs: 0, filesStored: 0, filesUnchanged: 1 });
    expect(statSync(at).atimeMs).toBe(seen);
    expect(await archive.objects()).toEqual(objects);
    readFileSync(at);
    expect(statSync(at).atimeMs).toBeGreaterThan(seen);
  });

  it("stores no bytes of duplicates and of what was renamed, whatever their size", async () => {
    const archive = await archiveOf();
    write(archive, "photos/small", noise("s", 5000));
    write(archive, "photos/one mebibyte", noise("m", mebibyte));
    write(archive, "photos/large", noise("l", 3 * mebibyte));
    await archive.run();
    renameSync(join(archive.tree, "photos"), join(archive.tree, "pictures"));
    write(archive, "copies/small", noise("s", 5000));
    write(archive, "copies/one mebibyte", noise("m", mebibyte));
    write(archive, "copies/large", noise("l", 3 * mebibyte));
    const second = await archive.run();
    expect(second).toMatchObject({ filesStored: 0, bytesStored: 0, packs: 1, filesLinked: 6 });
    const to = join(archive.folder, "back");
    await archive.restore(to);
    expect(compareTrees(archive.tree, to)).toEqual([]);
  });

  it("stores two new equal files once, small, at the border, and large", async () => {
    const archive = await archiveOf();
    for (const length of [10, mebibyte - 1, mebibyte, mebibyte + 1, 2 * mebibyte]) {
      write(archive, `a ${length}`, noise("same", length));
      write(archive, `b ${length}`, noise("same", length));
    }
    expect(await archive.run()).toMatchObject({ filesStored: 5, filesLinked: 5 });
  });

  it("stores a changed file alone", async () => {
    const archive = await archiveOf();
    for (let n = 0; n < 20; n += 1) write(archive, `d/${n}`, noise(`${n}`, 1000));
    await archive.run();
    write(archive, "d/7", "other words");
    expect(await archive.run()).toMatchObject({ filesStored: 1, bytesStored: 11, filesLinked: 0 });
  });

  it("stores of a large file only the slices that changed, and those that were added", async () => {
    const archive = await archiveOf();
    const at = write(archive, "disk.img", noise("disk", 5 * mebibyte));
    const first = await archive.run();
    appendFileSync(at, "some more");
    const second = await archive.run();
    expect(second.packBytes).toBeLessThan(first.packBytes / 4);
    const to = join(archive.folder, "back");
    expect(await archive.restore(to)).toMatchObject({ restored: 1, failed: 0 });
    expect(digestTree(to)).toEqual(digestTree(archive.tree));
  });

  it("keeps packs within the pack size, also of many small files with long names", async () => {
    const archive = await archiveOf();
    for (let n = 0; n < 1500; n += 1) {
      const folder = `${"long folder name ".repeat(8)}${n % 3}`;
      write(archive, join(folder, `${"ü".repeat(120)} ${n}`), `${n}`);
    }
    write(archive, "filler", noise("f", 900_000));
    await archive.run();
    const sizes = (await archive.packs()).map((pack) => pack.sizeBytes ?? 0);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(mebibyte);
  });

  it("takes a tree that is empty all at once for a disk that is not mounted, until told", async () => {
    const archive = await archiveOf();
    write(archive, "photo", "light");
    await archive.run();
    rmSync(join(archive.tree, "photo"));
    await expect(archive.run()).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    expect(await archive.archive.catalogue.entryAt("photo")).toMatchObject({ endRun: null });
    await archive.run(undefined, { allowEmpty: true });
    expect(await archive.archive.catalogue.entryAt("photo")).toBeUndefined();
  });

  it("takes an empty tree, and then one of empty files only", async () => {
    const archive = await archiveOf();
    expect(await archive.run()).toMatchObject({ changed: true, packs: 0 });
    expect(await archive.run()).toMatchObject({ changed: false, packs: 0 });
    for (const name of ["a", "d/b", "d/c"]) write(archive, name, "");
    await archive.run();
    const to = join(archive.folder, "back");
    expect(await archive.restore(to)).toMatchObject({ restored: 3, failed: 0 });
    expect(compareTrees(archive.tree, to)).toEqual([]);
  });

  it("takes times that no signed 64 bits of nanoseconds hold as the nearest that they do", async () => {
    const archive = await archiveOf();
    const at = write(archive, "from the future", "words");
    execFileSync("touch", ["-d", "2400-01-01", at]);
    expect(await archive.run()).toMatchObject({ problems: 0, filesStored: 1 });
    const entry = await archive.archive.catalogue.entryAt("from the future");
    const wanted = statSync(at).mtime.getUTCFullYear() > 2262 ? 2n ** 63n - 1n : entry?.mtimeNs;
    expect(entry?.mtimeNs).toBe(wanted);
    expect(await archive.run()).toMatchObject({ changed: false });
  });

  it("ends what is excluded later, and keeps it in the runs before", async () => {
    const archive = await archiveOf();
    write(archive, "keep", "1");
    write(archive, "scratch/x", "2");
    await archive.run();
    const settings = { ...archive.archive.settings, excludeGlobs: ["scratch"] };
    Object.assign(archive, { archive: { ...archive.archive, settings } });
    expect(await archive.run()).toMatchObject({ entriesDeleted: 2 });
    const to = join(archive.folder, "back");
    await archive.restore(to);
    expect([...digestTree(to).keys()]).toEqual(["keep"]);
    const then = join(archive.folder, "then");
    await archive.restore(then, { run: 1 });
    expect([...digestTree(then).keys()]).toEqual(["keep", "scratch", "scratch/x"]);
  });
});

async function threeRuns(): Promise<LibraryArchive> {
  const archive = await archiveOf();
  write(archive, "a/one", "first");
  write(archive, "a/gone", "soon deleted");
  symlinkSync("one", join(archive.tree, "a/link"));
  await archive.run();
  write(archive, "a/one", "second");
  rmSync(join(archive.tree, "a/gone"));
  await archive.run();
  return archive;
}

describe("a restore", () => {
  it("gives the tree as it was after a run, with what was deleted since", async () => {
    const archive = await threeRuns();
    const to = join(archive.folder, "back");
    await archive.restore(to, { run: 1 });
    expect(readFileSync(join(to, "a/one"), "utf8")).toBe("first");
    expect(readFileSync(join(to, "a/gone"), "utf8")).toBe("soon deleted");
  });

  it("that is begun again writes only what is missing", async () => {
    const archive = await threeRuns();
    linkSync(join(archive.tree, "a/one"), join(archive.tree, "a/hard"));
    await archive.run();
    const to = join(archive.folder, "back");
    expect(await archive.restore(to)).toMatchObject({ restored: 3, unchanged: 0 });
    expect(await archive.restore(to)).toMatchObject({ restored: 0, unchanged: 3, skipped: 0 });
    rmSync(join(to, "a/hard"));
    expect(await archive.restore(to)).toMatchObject({ restored: 1, unchanged: 2, skipped: 0 });
    expect(compareTrees(archive.tree, to)).toEqual([]);
  });

  it("keeps what is there, tells each once, and replaces it only when told", async () => {
    const archive = await threeRuns();
    linkSync(join(archive.tree, "a/one"), join(archive.tree, "a/hard"));
    await archive.run();
    const to = join(archive.folder, "back");
    mkdirSync(join(to, "a"), { recursive: true });
    for (const name of ["one", "hard", "link"]) writeFileSync(join(to, "a", name), `mine ${name}`);
    const kept = await archive.restore(to);
    expect(kept).toMatchObject({ restored: 0, skipped: 3 });
    expect(kept.items.map(({ code }) => code)).toEqual(["E_EXISTS", "E_EXISTS", "E_EXISTS"]);
    expect(readFileSync(join(to, "a/one"), "utf8")).toBe("mine one");
    const replaced = await archive.restore(to, { onExisting: "overwrite" });
    expect(replaced).toMatchObject({ restored: 3, skipped: 0, failed: 0 });
    expect(compareTrees(archive.tree, to)).toEqual([]);
  });

  it.each(["keep", "overwrite"] as const)(
    "never writes through a symlink that stands in the way (%s)",
    async (onExisting) => {
      const archive = await archiveOf();
      write(archive, "d/file", "inside");
      write(archive, "top", "words");
      await archive.run();
      const [to, outside] = [join(archive.folder, "back"), join(archive.folder, "outside")];
      mkdirSync(to);
      mkdirSync(outside);
      writeFileSync(join(outside, "victim"), "untouched");
      chmodSync(outside, 0o711);
      symlinkSync(outside, join(to, "d"));
      symlinkSync(join(outside, "victim"), join(to, "top"));
      const result = await archive.restore(to, { onExisting });
      expect(readFileSync(join(outside, "victim"), "utf8")).toBe("untouched");
      expect(lstatSync(join(outside, "file"), { throwIfNoEntry: false })).toBeUndefined();
      expect(statSync(outside).mode & 0o777).toBe(0o711);
      expect(new Set(result.items.map(({ name }) => name)).size).toBe(result.items.length);
      const whole = compareTrees(archive.tree, to).length === 0;
      expect(whole).toBe(onExisting === "overwrite");
    },
  );

  it("reads only the packs that hold what was asked for", async () => {
    const archive = await archiveOf();
    for (let n = 0; n < 6; n += 1) write(archive, `d${n}/${n}.bin`, noise(`${n}`, 700_000));
    await archive.run();
    expect((await archive.packs()).length).toBeGreaterThan(6);
    const read = async (select: string[]): Promise<string[]> => {
      const to = join(archive.folder, `only ${select.join(" ").replaceAll("/", "-")}`);
      const { failed } = await archive.restore(to, { select });
      expect(failed).toBe(0);
      return [...digestTree(to)].filter(([, what]) => what.startsWith("file")).map(([at]) => at);
    };
    const needed = (await archive.packs()).find((pack) => pack.number === 4);
    const { backend } = archive.archive.destinations[0] ?? {};
    for (const pack of await archive.packs()) {
      if (pack.number === needed?.number) continue;
      truncateSync(backend?.staged?.pathOf(pack.key as never) ?? "", 10);
    }
    expect(await read(["d3"])).toEqual(["d3/3.bin"]);
    expect(await read(["3.*"])).toEqual(["d3/3.bin"]);
    expect(await read(["d3/3.bin"])).toEqual(["d3/3.bin"]);
  });
});
