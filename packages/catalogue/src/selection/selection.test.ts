import { describe, expect, it } from "vitest";
import { bothDrivers } from "../../testing/drivers.ts";
import { allRows, Fixture, sha256 } from "../../testing/fixture.ts";
import type { WorkCursor } from "./pack-work.ts";
import type { Selection } from "./selection.ts";

function work(selection: Selection, limit = 1): Promise<unknown[]> {
  return allRows((after: WorkCursor | undefined) =>
    selection.packWork({ limit, ...(after === undefined ? {} : { after }) }),
  ).then((rows) =>
    rows.map((row) => [
      row.pack.id,
      row.content,
      row.piece.startByte,
      row.piece.sizeBytes,
      row.offset,
    ]),
  );
}

describe.each(await bothDrivers())("a selection over $engine", ({ empty }) => {
  async function archive(): Promise<Fixture> {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    for (const path of ["a", "a/b", "a/b/empty", "z"]) fixture.put(path, { kind: "directory" });
    fixture.put("a/l", { kind: "symlink", target: "b" });
    return fixture;
  }

  it("has what was asked for, and the directories on the way to it", async () => {
    const fixture = await archive();
    fixture.put("a/b/one", { text: "1" });
    fixture.put("z/two", { text: "22" });
    const selection = await fixture.catalogue.openSelection({ run: 1, paths: ["a/b", "a/l"] });
    const directories = await allRows((after: { depth: number; id: number } | undefined) =>
      selection.directories({ after, limit: 1 }),
    );
    expect(directories.map((row) => [row.path, row.depth, row.asked])).toEqual([
      ["a", 0, false],
      ["a/b", 1, true],
      ["a/b/empty", 2, true],
    ]);
    const reversed = await selection.directories({ deepestFirst: true });
    expect(reversed.rows.map((row) => row.path)).toEqual(["a/b/empty", "a/b", "a"]);
    expect((await selection.symlinks()).rows.map((row) => row.target)).toEqual(["b"]);
    expect((await selection.files()).rows.map((row) => row.path)).toEqual(["a/b/one"]);
    await selection.close();
    await fixture.catalogue.close();
  });

  it("keeps what a caller's test keeps", async () => {
    const fixture = await archive();
    fixture.put("a/b/one.jpg", { text: "1" });
    fixture.put("a/b/two.txt", { text: "22" });
    const selection = await fixture.catalogue.openSelection({
      run: 1,
      matches: (path, kind) => kind === "file" && path.endsWith(".jpg"),
    });
    expect(await selection.totals()).toMatchObject({
      files: 1,
      directories: 2,
      symlinks: 0,
      fileBytes: 1,
    });
    expect((await selection.files()).rows.map((row) => row.path)).toEqual(["a/b/one.jpg"]);
    await selection.close();
    await fixture.catalogue.close();
  });

  it("reads packs in the order of their keys, each from front to back", async () => {
    const fixture = await archive();
    const [x, y, w] = ["x", "yy", "www"].map((text) => fixture.put(text, { text }) ?? 0);
    fixture.put("copy of x", { text: "x" });
    const first = fixture.pack([w ?? 0]);
    const second = fixture.pack([y ?? 0, x ?? 0]);
    const selection = await fixture.catalogue.openSelection({ run: 1 });
    expect(await work(selection)).toEqual([
      [first, w, 0, 3, 512],
      [second, y, 0, 2, 512],
      [second, x, 0, 1, 1536],
    ]);
    expect((await selection.packWork({ pack: second, limit: 1 })).rows[0]).toMatchObject({
      pack: { id: second, format: "tar", sealed: true },
      sha256: sha256("yy"),
      sizeBytes: 2,
      storedBytes: 2,
      sparse: false,
    });
    expect((await selection.packWork({ pack: first })).rows).toHaveLength(1);
    expect((await selection.packWork({ pack: 99 })).rows).toEqual([]);
    expect((await selection.filesOf(x ?? 0)).rows.map((row) => row.path)).toEqual([
      "x",
      "copy of x",
    ]);
    const packs = await allRows((after: number | undefined) =>
      selection.neededPacks({ after, limit: 1 }),
    );
    expect(
      packs.map(({ id, neededBytes, pieces, objectBytes }) => [
        id,
        neededBytes,
        pieces,
        objectBytes,
      ]),
    ).toEqual([
      [first, 3, 1, 1000],
      [second, 3, 2, 1000],
    ]);
    await selection.close();
    await fixture.catalogue.close();
  });

  it("prefers a pack with a sound copy on an active destination, and never a deleted pack", async () => {
    const fixture = await archive();
    const { catalogue } = fixture;
    const x = fixture.put("x", { text: "x" }) ?? 0;
    const active = await catalogue.addDestination({
      name: "a",
      scheme: "a",
      settings: {},
      addedNs: 1n,
    });
    const gone = await catalogue.addDestination({
      name: "b",
      scheme: "b",
      settings: {},
      addedNs: 1n,
    });
    const [deleted, damaged, left, sound] = [
      fixture.pack([x], "deleted"),
      fixture.pack([x]),
      fixture.pack([x]),
      fixture.pack([x]),
    ];
    await catalogue.recordCopy(deleted ?? 0, active, { state: "stored", storedNs: 1n });
    await catalogue.recordCopy(damaged ?? 0, active, { state: "damaged", storedNs: 1n });
    await catalogue.recordCopy(left ?? 0, gone, { state: "stored", storedNs: 1n });
    await catalogue.recordCopy(sound ?? 0, active, { state: "stored", storedNs: 1n });
    await catalogue.removeDestination(gone);
    const one = async (): Promise<unknown> => {
      const selection = await catalogue.openSelection({ run: 1, paths: ["x"] });
      const rows = await work(selection);
      await selection.close();
      return rows;
    };
    expect(await one()).toEqual([[sound, x, 0, 1, 512]]);
    await catalogue.recordCopy(sound ?? 0, active, { state: "missing", storedNs: 1n });
    expect(await one()).toEqual([[damaged, x, 0, 1, 512]]);
    await catalogue.close();
  });

  it("puts a cut content together from its slices, wherever they lie", async () => {
    const fixture = await archive();
    const whole = fixture.put("big", { text: "aaabbc" }) ?? 0;
    const [a, b, c] = fixture.slice(whole, ["aaa", "bb", "c"]);
    const other = fixture.put("small", { text: "bb" });
    const first = fixture.pack([c ?? 0, a ?? 0]);
    const second = fixture.pack([b ?? 0]);
    const selection = await fixture.catalogue.openSelection({ run: 1 });
    expect(other).toBe(b);
    expect(await work(selection)).toEqual([
      [first, whole, 5, 1, 512],
      [first, whole, 0, 3, 1536],
      [second, whole, 3, 2, 512],
      [second, b, 0, 2, 512],
    ]);
    expect((await selection.totals()).missing).toBe(0);
    await selection.close();
    await fixture.catalogue.close();
  });

  it("names the files whose bytes no stored pack holds, and reads no part of them", async () => {
    const fixture = await archive();
    const whole = fixture.put("half", { text: "ab" }) ?? 0;
    const [a] = fixture.slice(whole, ["a", "b"]);
    fixture.pack([a ?? 0]);
    const planned = fixture.put("planned", { text: "p" }) ?? 0;
    fixture.pack([planned], "planned");
    fixture.put("unread", { sizeBytes: 7 });
    fixture.put("empty", { text: "" });
    const selection = await fixture.catalogue.openSelection({ run: 1 });
    expect((await selection.missing()).rows.map((row) => row.path)).toEqual([
      "half",
      "planned",
      "unread",
    ]);
    expect(await work(selection)).toEqual([]);
    expect(await selection.totals()).toMatchObject({
      files: 4,
      missing: 3,
      packs: 0,
      neededBytes: 0,
    });
    await selection.close();
    await fixture.catalogue.close();
  });

  it("names a path at which nothing lay, and leaves no table behind", async () => {
    const fixture = await archive();
    fixture.put("later", { text: "x" });
    await expect(
      fixture.catalogue.openSelection({ run: 0, paths: ["later"] }),
    ).rejects.toMatchObject({ code: "E_NOT_FOUND", subject: "later" });
    const one = await fixture.catalogue.openSelection({ run: 1 });
    const two = await fixture.catalogue.openSelection({ run: 1 });
    expect((await two.files()).rows).toHaveLength(1);
    await one.close();
    await two.close();
    const left = fixture.driver.prepare("SELECT name FROM sqlite_temp_schema").all();
    expect(left).toEqual([]);
    await fixture.catalogue.close();
  });
});
