import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../testing/drivers.ts";
import { openNodeDriver, writeSnapshot } from "./node.ts";

const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe("openNodeDriver", () => {
  const folder = temporaryFolder();
  const path = (name: string): string => join(folder, name);

  it("refuses a missing file unless it may make it", () => {
    expect(() => openNodeDriver(path("none"))).toThrow(code("E_NOT_FOUND"));
    expect(existsSync(path("none"))).toBe(false);
    openNodeDriver(path("none"), { create: true }).close();
    expect(existsSync(path("none"))).toBe(true);
  });

  it("refuses what is no database", () => {
    writeFileSync(path("text"), "x".repeat(5000));
    writeFileSync(path("empty"), "");
    expect(() => openNodeDriver(path("text"))).toThrow(code("E_FORMAT"));
    expect(() => openNodeDriver(path("empty"))).toThrow(code("E_FORMAT"));
    expect(() => openNodeDriver(folder)).toThrow(code("E_FORMAT"));
  });

  it("leaves a database of somebody else as it is, byte for byte", () => {
    const other = new DatabaseSync(path("other"));
    other.exec("CREATE TABLE x (y)");
    other.close();
    const before = readFileSync(path("other"));
    openNodeDriver(path("other")).close();
    expect(readFileSync(path("other"))).toEqual(before);
  });

  it("writes through a write-ahead log, flushed at every commit", () => {
    const driver = openNodeDriver(path("wal"), { create: true });
    expect(driver.prepare("PRAGMA journal_mode").get()).toMatchObject({ journal_mode: "wal" });
    expect(driver.prepare("PRAGMA synchronous").get()).toMatchObject({ synchronous: 2 });
    driver.close();
  });

  it("says that a read-only catalogue cannot be written", () => {
    const driver = openNodeDriver(path("wal"), { readOnly: true });
    expect(() => driver.exec("CREATE TABLE t (x)")).toThrow(code("E_READ_ONLY"));
    driver.exec("CREATE TEMP TABLE t (x)");
    driver.transaction(() => driver.exec("INSERT INTO temp.t VALUES (1)"));
    expect(driver.prepare("SELECT x FROM t").get()).toMatchObject({ x: 1 });
    driver.close();
  });

  it("reads a catalogue beside which no log can be made, as on a disc", () => {
    const driver = openNodeDriver(path("on disc?#%41"), { create: true });
    driver.exec("CREATE TABLE t (x); INSERT INTO t VALUES (7)");
    driver.close();
    symlinkSync(path("nowhere/log"), path("on disc?#%41-wal"));
    const read = openNodeDriver(path("on disc?#%41"), { readOnly: true });
    expect(read.prepare("SELECT x FROM t").get()).toMatchObject({ x: 7 });
    read.close();
  });

  it("says that another process is writing", () => {
    const one = openNodeDriver(path("busy"), { create: true });
    const two = openNodeDriver(path("busy"), { create: true });
    two.exec("PRAGMA busy_timeout = 1");
    one.transaction(() => {
      expect(() => two.transaction(() => 1)).toThrow(code("E_LOCKED"));
    });
    one.close();
    two.close();
  });

  it("writes a snapshot that is one file and has everything", () => {
    const driver = openNodeDriver(path("live"), { create: true });
    driver.exec("CREATE TABLE t (x); INSERT INTO t VALUES (7)");
    writeSnapshot(driver, path("copy"));
    expect(() => writeSnapshot(driver, path("copy"))).toThrow(code("E_EXISTS"));
    driver.close();
    const copy = new DatabaseSync(path("copy"), { readOnly: true });
    expect(copy.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
    expect(copy.prepare("SELECT x FROM t").get()).toEqual({ x: 7 });
    copy.close();
    expect(existsSync(path("copy-wal"))).toBe(false);
  });
});
