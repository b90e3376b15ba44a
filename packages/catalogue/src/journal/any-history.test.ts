import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bothDrivers } from "../../testing/drivers.ts";
import { collected } from "../../testing/fixture.ts";
import {
  asStock,
  SimulatedArchive,
  type Node,
  type Tree,
} from "../../testing/simulated-archive.ts";
import { asRecorded, directory, file, nextStamp, recorded } from "../../testing/simulated-trees.ts";

const drivers = await bothDrivers();

const inodes = new Map(["", "one", "two", "three"].map((text, index) => [text, index + 10]));
const names = ["a", "b", "c", "a/a", "a/b", "b/a", "b/a/c", "b/c"];
const change = fc.record({
  path: fc.constantFrom(...names),
  what: fc.constantFrom(
    "one",
    "two",
    "three",
    "",
    "gone",
    "gone",
    "directory",
    "symlink",
    "rename",
  ),
  to: fc.constantFrom(...names),
  linked: fc.boolean(),
});
const history = fc.array(
  fc.record({
    changes: fc.array(change, { minLength: 1, maxLength: 5 }),
    cutAfter: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 3 }),
  }),
  { minLength: 2, maxLength: 7 },
);

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** The tree after a change, with the directories that its paths need. */
function changed(before: Tree, { path, what, to, linked }: Change): Map<string, Node> {
  const after = new Map(before);
  if (what === "rename") {
    if (to.startsWith(`${path}/`) || to === path || !before.has(path)) return after;
    const moved = [...before].filter(([at]) => at === path || at.startsWith(`${path}/`));
    remove(after, path);
    makeRoom(after, to);
    for (const [at, node] of moved) {
      after.set(to + at.slice(path.length), node);
    }
    return after;
  }
  makeRoom(after, path);
  if (what === "directory") after.set(path, directory());
  else if (what === "symlink") after.set(path, { kind: "symlink", target: to, stamp: nextStamp() });
  else if (what !== "gone") after.set(path, file(what, linked ? inodes.get(what) : undefined));
  return after;
}

function makeRoom(nodes: Map<string, Node>, path: string): void {
  remove(nodes, path);
  const at = path.split("/");
  for (let depth = 1; depth < at.length; depth += 1) {
    const above = at.slice(0, depth).join("/");
    if (nodes.get(above)?.kind === "directory") continue;
    remove(nodes, above);
    nodes.set(above, directory());
  }
}

function remove(nodes: Map<string, Node>, path: string): void {
  for (const at of nodes.keys()) if (at === path || at.startsWith(`${path}/`)) nodes.delete(at);
}

describe.each(drivers)("any history of runs over $engine", ({ empty, engine }) => {
  // On disk each run waits for the disk, many times.
  const numRuns = engine === "sql.js" ? 120 : 12;

  it("gives each run's tree, and the last one to stock tools, also past runs that were cut", async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const archive = await SimulatedArchive.make(empty());
        const then = new Map<number, Map<string, string>>();
        let now: Tree = new Map();
        for (const { changes, cutAfter } of [...steps, { changes: [], cutAfter: undefined }]) {
          for (const one of changes) now = changed(now, one);
          const { run } = await archive.run(now, cutAfter === undefined ? {} : { cutAfter });
          if (cutAfter !== undefined) continue;
          then.set(run, asRecorded(now));
          expect(archive.stock).toEqual(asStock(now));
        }
        for (const [run, wanted] of then) {
          expect(await recorded(archive.catalogue, run)).toEqual(wanted);
        }
        expect(await collected(archive.catalogue.integrityCheck())).toEqual([]);
        await archive.catalogue.close();
      }),
      { numRuns },
    );
  });
});
