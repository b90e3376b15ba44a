import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { faultyBackend, type FaultyCall } from "@coldstow/backend-testkit";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../tools/seeded-random.ts";
import { ChangingTree } from "./changing-tree.ts";
import { LibraryArchive } from "./library-archive.ts";
import { extractWithStockTools } from "./stock-view.ts";
import { digestTree, type TreeDigest } from "./tree-digest.ts";

/** `COLDSTOW_SEEDS="1 2 3"` tries others. */
const seeds = (process.env["COLDSTOW_SEEDS"] ?? "15 16 29 31").split(" ").map(Number);
const runs = 5;

/** A run that is cut where the random number says; it may also come to its end. */
async function cutRun(archive: LibraryArchive, random: () => number): Promise<void> {
  const only: FaultyCall[] = random() < 0.7 ? ["publish"] : ["stage", "put"];
  const faults = {
    failNth: 1 + Math.floor(random() * 4),
    forever: random() < 0.5,
    afterEffect: random() < 0.5,
    only,
  };
  const faulty = archive.withBackends((backend) => faultyBackend(backend, faults));
  await faulty.run().catch(() => undefined);
}

describe.each(seeds)("a tree that changed at random, seed %i", (seed) => {
  it("comes back as it was after each run, by coldstow, and as it is last, by stock tools", async () => {
    const random = seededRandom(seed * 1000);
    const archive = await LibraryArchive.make({
      compress: seed % 2 === 0 ? "auto" : "none",
    });
    try {
      const changing = new ChangingTree(archive.tree, seed);
      const wasThen = new Map<number, TreeDigest>();
      for (let n = 0; n < runs; n += 1) {
        changing.change(n === 0 ? 12 : 8);
        while (random() < 0.4) {
          await cutRun(archive, random);
          if (random() < 0.6) changing.change(3);
        }
        const result = await archive.run();
        expect(result.problems).toBe(0);
        const now = digestTree(archive.tree);
        const newest = await archive.archive.catalogue.newestRun();
        // A tree that has been empty from the beginning makes no run.
        if (newest > 0) wasThen.set(newest, now);
        const stock = join(archive.folder, `stock-${n}`);
        extractWithStockTools(join(archive.folder, "one"), stock);
        expect(digestTree(stock)).toEqual(now);
        execFileSync("rm", ["-rf", stock]);
        const again = await archive.run();
        expect(again).toMatchObject({ changed: false, packs: 0, filesStored: 0 });
      }
      for (const [run, tree] of wasThen) {
        const to = join(archive.folder, `run-${run}`);
        const result = await archive.restore(to, { run });
        expect(result).toMatchObject({ failed: 0, skipped: 0, unchanged: 0 });
        expect(digestTree(to)).toEqual(tree);
      }
      for await (const finding of archive.archive.catalogue.integrityCheck()) {
        throw new Error(`the catalogue contradicts itself: ${JSON.stringify(finding)}`);
      }
    } finally {
      await archive.close();
    }
  });
});
