import { describe, expect, it } from "vitest";
import { bothDrivers } from "../testing/drivers.ts";
import { collected, Fixture } from "../testing/fixture.ts";

const found = async (fixture: Fixture): Promise<string[]> =>
  (await collected(fixture.catalogue.integrityCheck())).map((finding) => finding.check);

describe.each(await bothDrivers())("the integrity check over $engine", ({ empty }) => {
  async function sound(): Promise<Fixture> {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    fixture.put("d", { kind: "directory" });
    fixture.put("d/l", { kind: "symlink", target: "x" });
    const whole = fixture.put("d/big", { text: "aabb" }) ?? 0;
    fixture.pack(fixture.slice(whole, ["aa", "bb"]));
    fixture.pack([], "planned");
    fixture.begin("update");
    fixture.put("legacy", { sizeBytes: 3 });
    return fixture;
  }

  it("has nothing to say of a sound catalogue", async () => {
    const fixture = await sound();
    expect(await found(fixture)).toEqual([]);
    await fixture.catalogue.close();
  });

  it.each([
    [
      "content",
      "a file without content",
      "UPDATE entry SET content = NULL WHERE name = CAST('big' AS BLOB)",
    ],
    [
      "content",
      "a folder with content",
      "UPDATE entry SET content = 1, size = 4 WHERE kind = 'directory'",
    ],
    [
      "size",
      "a size that is not the content's",
      "UPDATE entry SET size = 9 WHERE name = CAST('big' AS BLOB)",
    ],
    ["digest", "a content without digest", "INSERT INTO content (size) VALUES (1)"],
    ["slices", "a slice too few", "DELETE FROM content_slice WHERE n = 1"],
    ["slices", "a gap among the slices", "UPDATE content_slice SET n = 5 WHERE n = 1"],
    [
      "placement",
      "contents in a pack that was never stored",
      "UPDATE pack SET state = 'planned' WHERE id = 1",
    ],
    ["placement", "a stored pack of unknown size", "UPDATE pack SET size = NULL WHERE id = 1"],
    [
      "tree",
      "a folder out of reach",
      "PRAGMA foreign_keys = OFF; INSERT INTO directory VALUES (50, 51, x'41'), (51, 50, x'42')",
    ],
    [
      "name",
      "a name that leads out",
      "UPDATE entry SET name = CAST('../x' AS BLOB) WHERE name = CAST('big' AS BLOB)",
    ],
    [
      "reference",
      "a row that is not there",
      "PRAGMA foreign_keys = OFF; DELETE FROM run WHERE id = 2; DELETE FROM entry WHERE kind = 'directory'; UPDATE entry SET first_run = 2 WHERE content IS NOT NULL",
    ],
    [
      "versions",
      "two versions at once",
      `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, first_run, end_run)
       SELECT directory, name, 'directory', 0, 0, 0, 0, 0, 0, 1, 2 FROM entry WHERE kind = 'directory'`,
    ],
  ])("finds (%s) %s", async (check, _, sql) => {
    const fixture = await sound();
    fixture.driver.exec(sql);
    expect(new Set(await found(fixture))).toEqual(new Set([check]));
    await fixture.catalogue.close();
  });
});
