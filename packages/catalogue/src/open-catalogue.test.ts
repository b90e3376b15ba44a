import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { bothDrivers, temporaryFolder } from "../testing/drivers.ts";
import { Catalogue } from "./catalogue.ts";
import { migrate } from "./migrations.ts";
import { openNodeDriver } from "./node.ts";
import { checkCatalogue } from "./open-catalogue.ts";
import { schemaVersion } from "./schema.ts";

const facts = { archiveId: "a1", name: "photos", createdNs: 1_700_000_000_000_000_001n };
const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe.each(await bothDrivers())("opening a catalogue over $engine", ({ empty }) => {
  it("makes one and knows its facts", async () => {
    const catalogue = await Catalogue.create(empty(), facts);
    expect(await catalogue.meta("archive_id")).toBe("a1");
    expect(await catalogue.meta("name")).toBe("photos");
    expect(await catalogue.meta("created_ns")).toBe("1700000000000000001");
    expect(await catalogue.meta("identity")).toBeUndefined();
    await catalogue.setMeta({ identity: Uint8Array.of(1, 2), name: "pictures", config: "" });
    expect(await catalogue.meta("identity")).toEqual(Uint8Array.of(1, 2));
    expect(await catalogue.meta("name")).toBe("pictures");
    await catalogue.setMeta({ identity: undefined });
    expect(await catalogue.meta("identity")).toBeUndefined();
    await catalogue.close();
  });

  it("does not make one where something is", async () => {
    const driver = empty();
    await Catalogue.create(driver, facts);
    await expect(Catalogue.create(driver, { ...facts, name: "x" })).rejects.toThrow(
      code("E_EXISTS"),
    );
    expect(await (await Catalogue.open(driver)).meta("name")).toBe("photos");
    driver.close();
  });

  it.each([
    ["E_OLD_FORMAT", "pyArchiver 2", "CREATE TABLE files_to_archive (hash, path, size)"],
    ["E_OLD_FORMAT", "pyArchiver 1", "CREATE TABLE tars (path TEXT); CREATE TABLE json (x BLOB)"],
    ["E_FORMAT", "another program's database", "CREATE TABLE x (y)"],
  ])("says %s of %s", async (wanted, _, sql) => {
    const driver = empty();
    driver.exec(sql);
    await expect(Catalogue.open(driver)).rejects.toThrow(code(wanted));
    driver.close();
  });

  it("names the command that converts an archive of pyArchiver", async () => {
    const driver = empty();
    driver.exec("CREATE TABLE files_to_archive (path TEXT, size INTEGER)");
    await expect(Catalogue.open(driver)).rejects.toMatchObject({
      hint: expect.stringContaining("coldstow update"),
    });
    driver.close();
  });

  it("refuses a newer format", async () => {
    const driver = empty();
    await Catalogue.create(driver, facts);
    driver.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    await expect(Catalogue.open(driver)).rejects.toThrow(code("E_NEWER_FORMAT"));
    driver.close();
  });

  it.each([
    "DROP TABLE catalogue_copy",
    "UPDATE directory SET parent = 1, name = x'41' WHERE id = 1",
    "PRAGMA foreign_keys = OFF; DELETE FROM directory",
    "CREATE TRIGGER x AFTER INSERT ON meta BEGIN SELECT 1; END",
  ])("calls a catalogue after %s damaged", async (sql) => {
    const driver = empty();
    await Catalogue.create(driver, facts);
    driver.exec(sql);
    await expect(Catalogue.open(driver)).rejects.toThrow(code("E_CORRUPT"));
    driver.close();
  });

  it("raises an older catalogue by its steps, and none of them twice", async () => {
    const driver = empty();
    await Catalogue.create(driver, facts);
    driver.exec(`PRAGMA user_version = ${schemaVersion - 1}`);
    const step = {
      from: schemaVersion - 1,
      apply: (open: typeof driver) => open.exec("CREATE TABLE once (x)"),
    };
    expect(() => checkCatalogue(driver, true, [step])).toThrow(code("E_OLD_FORMAT"));
    checkCatalogue(driver, false, [step]);
    checkCatalogue(driver, false, [step]);
    expect(driver.prepare("PRAGMA user_version").get()).toMatchObject({
      user_version: schemaVersion,
    });
    driver.close();
  });

  it("leaves the version before a step that fails", async () => {
    const driver = empty();
    await Catalogue.create(driver, facts);
    const steps = [
      { from: 3, apply: (open: typeof driver) => open.exec("CREATE TABLE four (x)") },
      { from: 4, apply: (open: typeof driver) => open.exec("CREATE TABLE five (x); SELECT oops") },
    ];
    expect(() => migrate(driver, 3, 5, steps)).toThrow(code("E_INTERNAL"));
    expect(driver.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: 4 });
    const tables = driver.prepare("SELECT name FROM sqlite_schema WHERE name IN ('four', 'five')");
    expect(tables.all()).toHaveLength(1);
    expect(() => migrate(driver, 4, 5, [])).toThrow(code("E_OLD_FORMAT"));
    driver.close();
  });
});

describe("a damaged file", () => {
  const folder = temporaryFolder();
  const good = join(folder, "good.archive");

  async function damaged(name: string, damage: (path: string) => void): Promise<Catalogue> {
    const catalogue = await Catalogue.create(openNodeDriver(good, { create: true }), facts);
    await catalogue.close();
    const path = join(folder, name);
    copyFileSync(good, path);
    truncateSync(good, 0);
    damage(path);
    return Catalogue.open(openNodeDriver(path));
  }

  it("that lost its end is called damaged", async () => {
    await expect(damaged("short", (path) => truncateSync(path, 8192))).rejects.toThrow(
      code("E_CORRUPT"),
    );
  });

  it("that has zeros in a table's root is called damaged", async () => {
    const opening = damaged("zeros", (path) => {
      const probe = new DatabaseSync(path);
      const row = probe.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'").get();
      probe.close();
      const bytes = readFileSync(path);
      const root = Number(row?.["rootpage"]);
      bytes.fill(0, (root - 1) * 4096, root * 4096);
      writeFileSync(path, bytes);
    });
    await expect(opening).rejects.toThrow(code("E_CORRUPT"));
  });
});
