import { describe, expect, it } from "vitest";
import { bothDrivers } from "../testing/drivers.ts";
import { Fixture } from "../testing/fixture.ts";
import type { FindOptions } from "./find.ts";

describe.each(await bothDrivers())("finding over $engine", ({ empty }) => {
  async function archive(): Promise<Fixture> {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    fixture.put("2020", { kind: "directory" });
    fixture.put("2020/Sea.JPG", { text: "x", sizeBytes: 500, mtimeNs: 100n });
    fixture.put("2020/sea.txt", { text: "y", sizeBytes: 10, mtimeNs: 2n ** 60n });
    fixture.put("2020/100%_sure", { text: "z", sizeBytes: 0 });
    fixture.put("2021/\uDCE9t\uDCE9.jpg", { text: "w", sizeBytes: 1000 });
    fixture.put("2021/link", { kind: "symlink", target: "../2020/Sea.JPG" });
    fixture.begin();
    fixture.remove("2020/sea.txt");
    return fixture;
  }

  it.each<[string, FindOptions, string[]]>([
    ["part of a name in either case", { contains: "SEA" }, ["2020/Sea.JPG"]],
    ["a percent sign as itself", { contains: "%" }, ["2020/100%_sure"]],
    ["an underscore as itself", { contains: "0_" }, []],
    ["a glob", { glob: "[Ss]ea.*" }, ["2020/Sea.JPG"]],
    ["a glob in the right case only", { glob: "sea.JPG" }, []],
    ["a LIKE pattern", { like: "sea.j_g" }, ["2020/Sea.JPG"]],
    ["an extension", { extension: "jpg" }, ["2020/Sea.JPG", "2021/\uDCE9t\uDCE9.jpg"]],
    ["bytes that are not UTF-8", { contains: "\uDCE9t" }, ["2021/\uDCE9t\uDCE9.jpg"]],
    ["a kind", { kind: "symlink" }, ["2021/link"]],
    ["a folder at any depth", { under: "2021", kind: "file" }, ["2021/\uDCE9t\uDCE9.jpg"]],
    ["sizes", { minSizeBytes: 500, maxSizeBytes: 999 }, ["2020/Sea.JPG"]],
    ["times", { modifiedFromNs: 100n, modifiedBeforeNs: 101n }, ["2020/Sea.JPG"]],
    ["an earlier run", { run: 1, modifiedFromNs: 2n ** 60n }, ["2020/sea.txt"]],
    ["what is deleted", { deleted: true }, ["2020/sea.txt"]],
    ["what was deleted as of an earlier run", { deleted: true, run: 1 }, []],
  ])("finds by %s", async (_, options, wanted) => {
    const { catalogue } = await archive();
    const { rows } = await catalogue.find(options);
    expect(rows.map((row) => row.path)).toEqual(wanted);
    await catalogue.close();
  });

  it("says that a folder never was", async () => {
    const { catalogue } = await archive();
    await expect(catalogue.find({ under: "1999" })).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await catalogue.close();
  });

  it("says that a listed folder is not there, or is a file", async () => {
    const { catalogue } = await archive();
    for (const path of ["1999", "2020/Sea.JPG"]) {
      await expect(catalogue.list(path)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    }
    await expect(catalogue.list("../2020")).rejects.toMatchObject({ code: "E_USAGE" });
    await expect(catalogue.list("2020", { after: "2021/x" })).rejects.toMatchObject({
      code: "E_USAGE",
    });
    await catalogue.close();
  });

  it("shows a folder of which only the contents are known", async () => {
    const { catalogue } = await archive();
    const { rows } = await catalogue.list("");
    expect(rows.map((row) => [row.path, row.kind, row.implied])).toEqual([
      ["2020", "directory", false],
      ["2021", "directory", true],
    ]);
    await catalogue.close();
  });

  it("tells a change of bytes from a change of metadata", async () => {
    const fixture = await archive();
    fixture.begin();
    fixture.put("2020/Sea.JPG", { text: "x", sizeBytes: 500, mtimeNs: 100n, mode: 0o600 });
    fixture.put("2021/link", { kind: "symlink", target: "elsewhere" });
    fixture.put("2020/100%_sure", { kind: "directory" });
    const { rows } = await fixture.catalogue.diff(2, 3);
    expect(rows.map((row) => [row.path, row.change])).toEqual([
      ["2020/100%_sure", "changed"],
      ["2020/Sea.JPG", "metadata"],
      ["2021/link", "changed"],
    ]);
    await fixture.catalogue.close();
  });

  it("counts files, folders, links and each content once", async () => {
    const fixture = await archive();
    fixture.put("2021/again.jpg", { text: "x", sizeBytes: 500 });
    expect(await fixture.catalogue.totals()).toEqual({
      files: 4,
      directories: 1,
      symlinks: 1,
      fileBytes: 2000,
      contents: 3,
      contentBytes: 1500,
    });
    await fixture.catalogue.close();
  });
});
