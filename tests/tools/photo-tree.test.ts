import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { compareTrees } from "./compare-trees.ts";
import { buildPhotoTree } from "./photo-tree.ts";
import { photographs } from "./photographs.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";

const corpora = ["P", "S", "M"] as const;

test.each(corpora)("corpus %s is the same for the same seed and another for another", async (k) => {
  await inTemporaryFolder((folder) => {
    const size = buildPhotoTree(k, `${folder}/a`, { seed: 7, scale: 0.005 });
    expect(buildPhotoTree(k, `${folder}/b`, { seed: 7, scale: 0.005 })).toEqual(size);
    buildPhotoTree(k, `${folder}/c`, { seed: 8, scale: 0.005 });
    expect(compareTrees(`${folder}/a`, `${folder}/b`, { loose: true })).toEqual([]);
    expect(compareTrees(`${folder}/a`, `${folder}/c`, { loose: true })).not.toEqual([]);
  });
});

test("the photographs are 3 GB in 700 files of 1 to 12 MB, about 8 % of them duplicates", () => {
  const all = [...photographs(1, 700)];
  const bytes = all.reduce((sum, photograph) => sum + photograph.bytes, 0);
  expect(bytes / 3e9).toBeCloseTo(1, 1);
  expect(Math.min(...all.map((photograph) => photograph.bytes))).toBeGreaterThanOrEqual(1e6);
  expect(Math.max(...all.map((photograph) => photograph.bytes))).toBeLessThanOrEqual(12e6);
  const contents = new Set(all.map(({ content }) => content));
  expect((700 - contents.size) / 700).toBeCloseTo(0.08, 1);
});

test("photographs have the size and time they claim and do not compress", async () => {
  await inTemporaryFolder((folder) => {
    buildPhotoTree("P", `${folder}/p`, { scale: 0.02 });
    const digests = new Map<number, string>();
    for (const { folder: month, name, bytes, takenAt, content } of photographs(1, 14)) {
      const path = `${folder}/p/${month}/${name}`;
      const file = readFileSync(path);
      expect(file.length).toBe(bytes);
      expect(statSync(path).mtimeMs).toBe(takenAt.getTime());
      expect(deflateRawSync(file, { level: 1 }).length).toBeGreaterThan(bytes * 0.99);
      const digest = createHash("sha256").update(file).digest("hex");
      expect(digests.get(content) ?? digest).toBe(digest);
      digests.set(content, digest);
    }
    expect(new Set(digests.values()).size).toBe(digests.size);
  });
});

test("the million lies 1000 to a directory", async () => {
  await inTemporaryFolder((folder) => {
    expect(buildPhotoTree("M", `${folder}/m`, { scale: 0.003 }).files).toBe(3000);
    const directories = readdirSync(`${folder}/m`);
    expect(directories.map((name) => readdirSync(`${folder}/m/${name}`).length)).toEqual([
      1000, 1000, 1000,
    ]);
  });
});
