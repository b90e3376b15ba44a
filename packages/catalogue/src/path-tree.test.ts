import { nameFromBytes, nameToBytes } from "@coldstow/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bothDrivers } from "../testing/drivers.ts";
import { Fixture } from "../testing/fixture.ts";
import { directoryId, directoryPath, ensureDirectory, splitPath } from "./path-tree.ts";
import { nsToIso } from "./time-ns.ts";

const name = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => nameFromBytes(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x2d : byte))))
  .filter((text) => text !== "." && text !== "..");

describe.each(await bothDrivers())("paths over $engine", ({ empty }) => {
  it("keep every byte of every name", async () => {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { minLength: 1, maxLength: 4 }),
        name,
        async (names, last) => {
          const path = names.join("/");
          const id = ensureDirectory(fixture.driver, path);
          expect(directoryPath(fixture.driver, id)).toBe(path);
          expect(directoryId(fixture.driver, path)).toBe(id);
          fixture.put(`${path}/${last}`, { kind: "symlink", target: last });
          const entry = await fixture.catalogue.entryAt(`${path}/${last}`);
          expect(nameToBytes(entry?.path ?? "")).toEqual(nameToBytes(`${path}/${last}`));
          expect(entry?.target).toBe(last);
        },
      ),
    );
    await fixture.catalogue.close();
  });

  it("call a loop among the folders damage", async () => {
    const fixture = await Fixture.make(empty());
    fixture.driver.exec(
      "PRAGMA foreign_keys = OFF; INSERT INTO directory VALUES (2, 3, x'41'), (3, 2, x'42')",
    );
    expect(() => directoryPath(fixture.driver, 2)).toThrow(
      expect.objectContaining({ code: "E_CORRUPT" }),
    );
    await fixture.catalogue.close();
  });

  it("are listed and selected at a depth of two thousand", async () => {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    const path = `${"d/".repeat(2000)}f`;
    fixture.driver.transaction(() => fixture.put(path, { text: "x" }));
    const { rows } = await fixture.catalogue.list("", { recursive: true, limit: 10_000 });
    expect(rows).toHaveLength(2001);
    expect(rows.at(-1)?.path).toBe(path);
    const selection = await fixture.catalogue.openSelection({ run: 1, paths: ["d/d"] });
    expect((await selection.files()).rows.map((row) => row.path)).toEqual([path]);
    await selection.close();
    await fixture.catalogue.close();
  });

  it("call a stored name that leads elsewhere damage", async () => {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    fixture.put("x", { text: "x" });
    fixture.driver.exec("UPDATE entry SET name = CAST('../x' AS BLOB)");
    await expect(fixture.catalogue.list("")).rejects.toMatchObject({ code: "E_CORRUPT" });
    await fixture.catalogue.close();
  });
});

describe("a path", () => {
  it.each(["/a", "a/", "a//b", ".", "a/../b", "a\0b"])("is not %j", (path) => {
    expect(() => splitPath(path)).toThrow(expect.objectContaining({ code: "E_USAGE" }));
  });
});

describe("a time in JSON", () => {
  it.each([
    [0n, "1970-01-01T00:00:00Z"],
    [1_700_000_000_123_456_789n, "2023-11-14T22:13:20.123456789Z"],
    [1_500_000_000n, "1970-01-01T00:00:01.5Z"],
    [-1n, "1969-12-31T23:59:59.999999999Z"],
    [2n ** 63n - 1n, "2262-04-11T23:47:16.854775807Z"],
  ])("of %s ns is %s", (ns, text) => {
    expect(nsToIso(ns)).toBe(text);
  });
});
