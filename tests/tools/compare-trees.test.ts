import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import type { DifferenceKind } from "./compare-trees.ts";
import { compareTrees } from "./compare-trees.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";

function buildTree(root: string): void {
  fs.mkdirSync(`${root}/directory/empty`, { recursive: true });
  fs.writeFileSync(`${root}/file`, Buffer.alloc(3 << 20, "content "));
  fs.writeFileSync(`${root}/directory/inner`, "inner");
  fs.writeFileSync(`${root}/directory/single`, "other");
  fs.writeFileSync(`${root}/pair-1`, "pair");
  fs.linkSync(`${root}/pair-1`, `${root}/pair-2`);
  fs.symlinkSync("file", `${root}/symlink`);
  fs.writeFileSync(`${root}/sparse`, "x");
  fs.truncateSync(`${root}/sparse`, 4 << 20);
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/bytes-`), Buffer.from([0xff])]), "bytes");
  spawnSync("mkfifo", [`${root}/fifo`]);
}

function keepingTime(path: string, change: () => void): void {
  const time = `@${fs.lstatSync(path, { bigint: true }).mtimeNs}`.replace(/(\d{9})$/, ".$1");
  change();
  expect(spawnSync("touch", ["-h", "-d", time, path]).status).toBe(0);
}

function flipLastByte(path: string): void {
  keepingTime(path, () => {
    const content = fs.readFileSync(path);
    content[content.length - 1] = 0;
    fs.writeFileSync(path, content);
  });
}

/** Each changes the copy in one respect. */
const mutations: {
  name: string;
  path: string;
  kind: DifferenceKind;
  loose: boolean;
  change: (root: string) => void;
}[] = [
  {
    name: "a missing file",
    path: "directory/inner",
    kind: "missing",
    loose: true,
    change: (root) => keepingTime(`${root}/directory`, () => fs.rmSync(`${root}/directory/inner`)),
  },
  {
    name: "a missing empty directory",
    path: "directory/empty",
    kind: "missing",
    loose: true,
    change: (root) =>
      keepingTime(`${root}/directory`, () => fs.rmdirSync(`${root}/directory/empty`)),
  },
  {
    name: "an extra file",
    path: "directory/extra",
    kind: "extra",
    loose: true,
    change: (root) =>
      keepingTime(`${root}/directory`, () => fs.writeFileSync(`${root}/directory/extra`, "")),
  },
  {
    name: "a file become a directory",
    path: "file",
    kind: "type",
    loose: true,
    change: (root) => {
      fs.rmSync(`${root}/file`);
      fs.mkdirSync(`${root}/file`);
    },
  },
  {
    name: "a symlink become its target",
    path: "symlink",
    kind: "type",
    loose: true,
    change: (root) => {
      fs.rmSync(`${root}/symlink`);
      fs.copyFileSync(`${root}/file`, `${root}/symlink`);
    },
  },
  {
    name: "another size",
    path: "file",
    kind: "size",
    loose: true,
    change: (root) => keepingTime(`${root}/file`, () => fs.appendFileSync(`${root}/file`, "x")),
  },
  {
    name: "one flipped byte at the end of a large file",
    path: "file",
    kind: "content",
    loose: true,
    change: (root) => flipLastByte(`${root}/file`),
  },
  {
    name: "another target",
    path: "symlink",
    kind: "target",
    loose: true,
    change: (root) =>
      keepingTime(`${root}/symlink`, () => {
        fs.rmSync(`${root}/symlink`);
        fs.symlinkSync("fil\u00e9", `${root}/symlink`);
      }),
  },
  {
    name: "another mode of a file",
    path: "file",
    kind: "mode",
    loose: false,
    change: (root) => fs.chmodSync(`${root}/file`, 0o640),
  },
  {
    name: "a lost setuid bit",
    path: "pair-1",
    kind: "mode",
    loose: false,
    change: (root) => fs.chmodSync(`${root}/pair-1`, 0o4644),
  },
  {
    name: "another mode of a directory",
    path: "directory",
    kind: "mode",
    loose: false,
    change: (root) => fs.chmodSync(`${root}/directory`, 0o1755),
  },
  {
    name: "a file's time, one nanosecond later",
    path: "directory/single",
    kind: "mtime",
    loose: false,
    change: (root) => shiftTime(`${root}/directory/single`),
  },
  {
    name: "a directory's time, one nanosecond later",
    path: "directory/empty",
    kind: "mtime",
    loose: false,
    change: (root) => shiftTime(`${root}/directory/empty`),
  },
  {
    name: "a symlink's time, one nanosecond later",
    path: "symlink",
    kind: "mtime",
    loose: false,
    change: (root) => shiftTime(`${root}/symlink`),
  },
  {
    name: "a hard link become a copy",
    path: "pair-2",
    kind: "hardlink",
    loose: false,
    change: (root) =>
      keepingTime(`${root}/pair-1`, () => {
        spawnSync("cp", ["-p", `${root}/pair-1`, `${root}/copy`]);
        fs.renameSync(`${root}/copy`, `${root}/pair-2`);
      }),
  },
  {
    name: "a filled hole",
    path: "sparse",
    kind: "sparseness",
    loose: false,
    change: (root) =>
      keepingTime(`${root}/sparse`, () =>
        fs.writeFileSync(`${root}/sparse`, fs.readFileSync(`${root}/sparse`)),
      ),
  },
];

function shiftTime(path: string): void {
  const time = fs.lstatSync(path, { bigint: true }).mtimeNs + 1n;
  const text = `@${String(time).slice(0, -9)}.${String(time).slice(-9)}`;
  expect(spawnSync("touch", ["-h", "-d", text, path]).status).toBe(0);
}

async function withCopy(use: (a: string, b: string) => void): Promise<void> {
  await inTemporaryFolder((folder) => {
    const [a, b] = [`${folder}/a`, `${folder}/b`];
    buildTree(a);
    expect(spawnSync("cp", ["-a", a, b]).status).toBe(0);
    use(a, b);
  });
}

describe("compareTrees", () => {
  test("finds a faithful copy equal, roots and owners included", async () => {
    await withCopy((a, b) => expect(compareTrees(a, b, { root: true, owners: true })).toEqual([]));
  });

  test.each(mutations)("names $name as $kind", async ({ change, path, kind }) => {
    await withCopy((a, b) => {
      change(b);
      const found = compareTrees(a, b).filter((difference) => difference.path === path);
      expect(found.map((difference) => difference.kind)).toContain(kind);
    });
  });

  test.each(mutations)("loose mode sees $name: $loose", async ({ change, loose }) => {
    await withCopy((a, b) => {
      change(b);
      expect(compareTrees(a, b, { loose: true }).length > 0).toBe(loose);
    });
  });

  test("names a renamed byte of a name that is not UTF-8", async () => {
    await withCopy((a, b) => {
      const [old, other] = [[0xff], [0xfe]].map((code) =>
        Buffer.concat([Buffer.from(`${b}/bytes-`), Buffer.from(code)]),
      ) as [Buffer, Buffer];
      fs.renameSync(old, other);
      expect(compareTrees(a, b).map(({ path, kind }) => [path, kind])).toEqual([
        ["bytes-\udcfe", "extra"],
        ["bytes-\udcff", "missing"],
      ]);
    });
  });

  test("sees two files become one hard link", async () => {
    await withCopy((a, b) => {
      fs.rmSync(`${b}/directory/single`);
      fs.linkSync(`${b}/directory/inner`, `${b}/directory/single`);
      const found = compareTrees(a, b, { contents: false });
      expect(found.map(({ path, kind }) => `${kind} ${path}`)).toContain(
        "hardlink directory/single",
      );
    });
  });

  test("leaves an ignored directory out with all below it", async () => {
    await withCopy((a, b) => {
      fs.appendFileSync(`${b}/directory/inner`, "x");
      expect(compareTrees(a, b)).not.toEqual([]);
      expect(compareTrees(a, b, { ignore: ["directory"] })).toEqual([]);
    });
  });

  test("as a command prints differences and exits with 1, or with 0 for equal trees", async () => {
    await withCopy((a, b) => {
      const program = new URL("compare-trees.ts", import.meta.url).pathname;
      const equal = spawnSync(process.execPath, [program, a, b], { encoding: "utf8" });
      expect([equal.status, equal.stdout]).toEqual([0, "0 differences\n"]);
      fs.chmodSync(`${b}/file`, 0o600);
      const other = spawnSync(process.execPath, [program, a, b], { encoding: "utf8" });
      expect(other.stdout).toBe("mode: file: 644 → 600\n1 differences\n");
      expect(other.status).toBe(1);
    });
  });
});
