import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bothDrivers } from "../../testing/drivers.ts";
import { allRows } from "../../testing/fixture.ts";
import {
  asStock,
  digest,
  SimulatedArchive,
  type Node,
  type Tree,
} from "../../testing/simulated-archive.ts";
import type { Catalogue } from "../catalogue.ts";
import { RunJournal } from "./run-journal.ts";

const drivers = await bothDrivers();
let stamp = 1_000_000;

function file(text: string, inode?: number): Node {
  // All names of one file have one time.
  return inode === undefined
    ? { kind: "file", text, stamp: (stamp += 1) }
    : { kind: "file", text, stamp: inode, inode };
}

function directory(): Node {
  return { kind: "directory", stamp: (stamp += 1) };
}

function tree(nodes: Readonly<Record<string, Node>>): Map<string, Node> {
  const all = new Map<string, Node>();
  for (const [path, node] of Object.entries(nodes)) {
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth += 1) {
      const above = names.slice(0, depth).join("/");
      if (!all.has(above)) all.set(above, directory());
    }
    all.set(path, node);
  }
  return all;
}

/** What the catalogue says of a run, in the words of {@link asStock}. */
async function recorded(catalogue: Catalogue, run: number): Promise<Map<string, string>> {
  const selection = await catalogue.openSelection({ run });
  try {
    const found = new Map<string, string>();
    const page = <C>(after: C | undefined): { after: C } | object =>
      after === undefined ? {} : { after };
    for (const one of await allRows((after) => selection.directories(page(after)))) {
      found.set(one.path, "directory");
    }
    for (const one of await allRows((after) => selection.symlinks(page(after)))) {
      found.set(one.path, `-> ${one.target ?? ""}`);
    }
    for (const one of await allRows((after) => selection.files(page(after)))) {
      found.set(one.path, Buffer.from(one.sha256 ?? []).toString("hex"));
    }
    return found;
  } finally {
    await selection.close();
  }
}

function asRecorded(wanted: Tree): Map<string, string> {
  return new Map(
    [...asStock(wanted)].map(([path, what]) =>
      wanted.get(path)?.kind === "file"
        ? [path, Buffer.from(digest(what)).toString("hex")]
        : [path, what],
    ),
  );
}

describe.each(drivers)("a run over $engine", ({ empty }) => {
  it("stores one of two new equal files and links the other", async () => {
    const archive = await SimulatedArchive.make(empty());
    const now = tree({ "a/x": file("same"), "b/y": file("same") });
    await archive.run(now);
    expect(archive.written).toEqual(["same"]);
    expect(archive.stock).toEqual(asStock(now));
  });

  it("finds nothing to do in a tree that did not change", async () => {
    const archive = await SimulatedArchive.make(empty());
    const now = tree({ "a/x": file("1"), "a/l": { kind: "symlink", target: "x", stamp: 1 } });
    await archive.run(now);
    expect(await archive.run(now)).toMatchObject({ pending: 0 });
  });

  it("stores both contents of two files that were swapped, and never links to a replaced one", async () => {
    const archive = await SimulatedArchive.make(empty());
    await archive.run(tree({ a: file("one"), b: file("two") }));
    const swapped = tree({ a: file("two"), b: file("one") });
    await archive.run(swapped);
    expect(archive.stock).toEqual(asStock(swapped));
    expect(archive.written.length).toBe(4);
  });

  it("stores a rotated log again when a new one has its name", async () => {
    const archive = await SimulatedArchive.make(empty());
    await archive.run(tree({ log: file("old") }));
    const rotated = tree({ log: file("new"), "log.1": file("old") });
    await archive.run(rotated);
    expect(archive.stock).toEqual(asStock(rotated));
  });

  it("links what was renamed, of which nothing is stored", async () => {
    const archive = await SimulatedArchive.make(empty());
    await archive.run(tree({ "d/x": file("1"), "d/y": file("2") }));
    archive.written.length = 0;
    const moved = tree({ "e/x": file("1"), "e/y": file("2") });
    await archive.run(moved);
    expect(archive.written).toEqual([]);
    expect(archive.stock).toEqual(asStock(moved));
  });

  it("stores once what many names need again, not once for each", async () => {
    const archive = await SimulatedArchive.make(empty());
    await archive.run(tree({ "d/x": file("1") }));
    archive.written.length = 0;
    const replaced = tree({ d: file("0"), e: file("1"), f: file("1"), g: file("1") });
    await archive.run(replaced);
    expect(archive.written.toSorted()).toEqual(["0", "1"]);
    expect(archive.stock).toEqual(asStock(replaced));
  });

  it("tries each further name of a file whose first name cannot be read", async () => {
    const archive = await SimulatedArchive.make(empty());
    const linked = tree({ a: file("x", 5), b: file("x", 5), c: file("x", 5) });
    await archive.run(linked, { unreadable: new Set(["a"]) });
    expect(archive.written).toEqual(["x"]);
    expect([...archive.stock.keys()].toSorted()).toEqual(["b", "c"]);
    await archive.run(linked);
    expect(archive.stock).toEqual(asStock(linked));
  });

  it("keeps what it cannot look at as it was", async () => {
    const archive = await SimulatedArchive.make(empty());
    const now = tree({ "d/x": file("1"), e: file("2") });
    await archive.run(now);
    const { pending } = await archive.run(now, { unknown: new Set(["d"]) });
    expect(pending).toBe(0);
    expect(await recorded(archive.catalogue, 2)).toEqual(asRecorded(now));
  });

  it("ends files below a directory that only a cut run told of", async () => {
    const archive = await SimulatedArchive.make(empty());
    await archive.run(tree({ "d/e/x": file("1"), "d/y": file("2") }), { cutAfter: 1 });
    const now = tree({ d: file("3") });
    const { run } = await archive.run(now);
    expect(await recorded(archive.catalogue, run)).toEqual(asRecorded(now));
    expect(archive.stock).toEqual(asStock(now));
  });

  it("removes a new file that was torn, for stock tools", async () => {
    const archive = await SimulatedArchive.make(empty());
    await archive.run(tree({ a: file("1"), b: file("2") }), { torn: new Set(["a"]) });
    expect([...archive.stock]).toEqual([["b", "2"]]);
  });

  it("stores a file again over which a member was torn, although its content is the old one", async () => {
    const archive = await SimulatedArchive.make(empty());
    await archive.run(tree({ a: file("1") }));
    await archive.run(tree({ a: file("1") }), { torn: new Set(["a"]) });
    expect(archive.stock.get("a")).toBe("torn 1");
    const now = tree({ a: file("1"), b: file("1") });
    await archive.run(now);
    expect(archive.stock).toEqual(asStock(now));
    expect(archive.written).toEqual(["1", "1"]);
  });

  it("stores a lost content once, and tells all its names again", async () => {
    const archive = await SimulatedArchive.make(empty());
    const now = tree({ a: file("1"), b: file("1"), c: file("1"), d: file("2") });
    await archive.run(now);
    archive.driver.exec("UPDATE copy SET state = 'missing'");
    archive.stock.clear();
    archive.written.length = 0;
    await archive.run(now);
    expect(archive.written.toSorted()).toEqual(["1", "2"]);
    expect(archive.stock).toEqual(asStock(now));
    expect(await archive.run(now)).toMatchObject({ pending: 0 });
  });

  it("takes copies at a destination that is no longer used for lost", async () => {
    const archive = await SimulatedArchive.make(empty());
    const now = tree({ a: file("1") });
    await archive.run(now);
    await archive.catalogue.removeDestination(1);
    expect(await archive.run(now)).toMatchObject({ pending: 1 });
  });

  it("links to a file of which only the time of its change is new", async () => {
    const archive = await SimulatedArchive.make(empty());
    const a = file("1");
    await archive.run(new Map([["a", a]]));
    const journal = await RunJournal.begin(archive.driver, "resume", 1n);
    await journal.forget();
    archive.driver.exec("UPDATE entry SET ctime_ns = 5");
    archive.written.length = 0;
    const now = new Map([["a", a], ["b", file("1")]]);
    await archive.run(now);
    expect(archive.written).toEqual([]);
    expect(archive.stock).toEqual(asStock(now));
  });

  it("never commits a large file with a slice that was not stored", async () => {
    const archive = await SimulatedArchive.make(empty());
    const journal = await RunJournal.begin(archive.driver, "start", 1n);
    const slices = [{ sha256: digest("never stored") }];
    const stat = { sizeBytes: 9, mode: 0, uid: 0, gid: 0, mtimeNs: 1n, ctimeNs: 1n, unstable: false };
    const whole = { seq: 1, sha256: digest("whole"), stat, slices };
    await expect(journal.commit([], [], [whole])).rejects.toMatchObject({ code: "E_INTERNAL" });
    expect(archive.driver.prepare("SELECT count(*) AS n FROM content").get()).toEqual({ n: 0 });
  });
});

const inodes = new Map(["", "one", "two", "three"].map((text, index) => [text, index + 10]));
const names = ["a", "b", "c", "a/a", "a/b", "b/a", "b/a/c", "b/c"];
const change = fc.record({
  path: fc.constantFrom(...names),
  what: fc.constantFrom("one", "two", "three", "", "gone", "gone", "directory", "symlink", "rename"),
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
  else if (what === "symlink") after.set(path, { kind: "symlink", target: to, stamp: (stamp += 1) });
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
  for (const at of [...nodes.keys()]) if (at === path || at.startsWith(`${path}/`)) nodes.delete(at);
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
        expect(await Array.fromAsync(archive.catalogue.integrityCheck())).toEqual([]);
        await archive.catalogue.close();
      }),
      { numRuns },
    );
  });
});
