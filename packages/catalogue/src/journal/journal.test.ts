import { describe, expect, it } from "vitest";
import { bothDrivers } from "../../testing/drivers.ts";
import { asStock, digest, SimulatedArchive } from "../../testing/simulated-archive.ts";
import { asRecorded, file, recorded, tree } from "../../testing/simulated-trees.ts";
import { RunJournal } from "./run-journal.ts";

const drivers = await bothDrivers();

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
    const now = new Map([
      ["a", a],
      ["b", file("1")],
    ]);
    await archive.run(now);
    expect(archive.written).toEqual([]);
    expect(archive.stock).toEqual(asStock(now));
  });

  it("never commits a large file with a slice that was not stored", async () => {
    const archive = await SimulatedArchive.make(empty());
    const journal = await RunJournal.begin(archive.driver, "start", 1n);
    const slices = [{ sha256: digest("never stored") }];
    const stat = {
      sizeBytes: 9,
      mode: 0,
      uid: 0,
      gid: 0,
      mtimeNs: 1n,
      ctimeNs: 1n,
      unstable: false,
    };
    const whole = { seq: 1, sha256: digest("whole"), stat, slices };
    await expect(journal.commit([], [], [whole])).rejects.toMatchObject({ code: "E_INTERNAL" });
    expect(archive.driver.prepare("SELECT count(*) AS n FROM content").get()).toEqual({ n: 0 });
  });
});
