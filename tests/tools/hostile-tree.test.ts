import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { expect, test } from "vitest";
import { compareTrees } from "./compare-trees.ts";
import { buildHostileTree, removeHostileTree } from "./hostile-tree.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";

const sparseBytes = 64 << 20;

/** Removes the tree also where its modes would stop its owner. */
async function withTree(
  use: (tree: string, exceptions: ReturnType<typeof buildHostileTree>) => void,
): Promise<void> {
  await inTemporaryFolder((folder) => {
    try {
      use(`${folder}/tree`, buildHostileTree(`${folder}/tree`, { sparseBytes }));
    } finally {
      removeHostileTree(folder);
    }
  });
}

test("a copy by cp -a equals the tree", async () => {
  await withTree((tree, exceptions) => {
    // A reader without rights copies all but what it may not open.
    spawnSync("cp", ["-a", tree, `${tree}-copy`]);
    const ignore = exceptions
      .filter(({ outcome }) => outcome !== "special")
      .map(({ path }) => path);
    expect(compareTrees(tree, `${tree}-copy`, { ignore })).toEqual([]);
  });
});

test("the tree holds every kind of trouble that it promises", async () => {
  await withTree((tree) => {
    const list = (expression: string): number =>
      Number(
        spawnSync("sh", ["-c", `find . ${expression} -printf x 2>/dev/null | wc -c`], { cwd: tree })
          .stdout,
      );
    expect(list("-type p")).toBe(1);
    expect(list("-type s")).toBe(1);
    expect(list("-xtype l")).toBeGreaterThan(5);
    expect(list("-type f -links 3")).toBe(3);
    expect(list("-type l -links 2")).toBe(2);
    expect(list("-perm -4000 -type f")).toBe(3);
    expect(list("-perm 0000 -type f")).toBe(2);
    expect(list("-mindepth 301")).toBeGreaterThan(3);
    expect(list("! -newermt 1970-01-01 -type l")).toBeGreaterThan(2);
    expect(list("-newermt 2199-12-30 -type d")).toBe(2);
    const { size, blocks } = fs.statSync(`${tree}/sparse/large`);
    expect(size).toBe(sparseBytes);
    expect(blocks * 512).toBeLessThan(1 << 20);
    const time = fs.lstatSync(`${tree}/times/link-4`, { bigint: true }).mtimeNs;
    expect(time).toBe(-12_345_123_456_789n);
  });
});

test("special files are expected exceptions, and unreadable ones unless root reads", async () => {
  await withTree((_, exceptions) => {
    const count = (outcome: string): number =>
      exceptions.filter((exception) => exception.outcome === outcome).length;
    expect(count("special")).toBe(2);
    const asRoot = process.getuid?.() === 0;
    expect(count("unreadable")).toBe(asRoot ? 0 : 5);
    expect(count("unreadable-directory")).toBe(asRoot ? 0 : 2);
    expect(new Set(exceptions.map(({ path }) => path)).size).toBe(exceptions.length);
  });
});
