import { describe, expect, it } from "vitest";
import { bothDrivers } from "../testing/drivers.ts";
import { nsColumn, nsFrom } from "./time-ns.ts";

describe.each(await bothDrivers())("a driver over $engine", ({ empty }) => {
  const make = () => {
    const driver = empty();
    driver.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, i INTEGER, b BLOB, s TEXT) STRICT");
    return driver;
  };

  it("gives back integers, bytes, text and NULL as they were put", () => {
    const driver = make();
    const put = driver.prepare("INSERT INTO t (i, b, s) VALUES (?, ?, ?)");
    put.run(-5, Uint8Array.of(0, 255), "é\u{1F600}");
    put.run(2 ** 40, new Uint8Array(0), "");
    put.run(null, null, null);
    const rows = driver.prepare("SELECT i, b, s FROM t ORDER BY id").all();
    expect(rows.map((row) => Object.assign({}, row))).toEqual([
      { i: -5, b: Uint8Array.of(0, 255), s: "é\u{1F600}" },
      { i: 2 ** 40, b: new Uint8Array(0), s: "" },
      { i: null, b: null, s: null },
    ]);
    driver.close();
  });

  it("binds whole numbers as INTEGER", () => {
    const driver = empty();
    expect(driver.prepare("SELECT typeof(?) AS t, 7 / ? AS q").get(3, 2)).toMatchObject({
      t: "integer",
      q: 3,
    });
    driver.close();
  });

  it("keeps nanoseconds exact in both directions", () => {
    const driver = make();
    const times = [0n, 1n, -1n, 1_700_000_000_123_456_789n, -(2n ** 63n), 2n ** 63n - 1n];
    for (const time of times) driver.prepare("INSERT INTO t (i) VALUES (?)").run(time);
    const rows = driver.prepare(`SELECT ${nsColumn("i", "ns")} FROM t ORDER BY id`).all();
    expect(rows.map((row) => nsFrom(row["ns"]))).toEqual(times);
    driver.close();
  });

  it("throws rather than round an integer beyond 2^53", () => {
    const driver = make();
    driver.prepare("INSERT INTO t (i) VALUES (?)").run(2n ** 53n + 1n);
    expect(() => driver.prepare("SELECT i FROM t").get()).toThrow("too large");
    driver.close();
  });

  it("tells the last id and how many rows changed", () => {
    const driver = make();
    const put = driver.prepare("INSERT INTO t (i) VALUES (?)");
    expect(put.run(1)).toEqual({ changes: 1, lastId: 1 });
    expect(put.run(1)).toEqual({ changes: 1, lastId: 2 });
    expect(driver.prepare("UPDATE t SET i = ? WHERE i = ?").run(2, 1).changes).toBe(2);
    expect(driver.prepare("UPDATE t SET i = 3 WHERE i = ?").run(1).changes).toBe(0);
    driver.close();
  });

  it("runs a loop within a loop over the same text", () => {
    const driver = make();
    for (const i of [1, 2, 3]) driver.prepare("INSERT INTO t (i) VALUES (?)").run(i);
    const sums: number[] = [];
    for (const a of driver.prepare("SELECT i FROM t").iterate()) {
      for (const b of driver.prepare("SELECT i FROM t").iterate()) {
        sums.push(Number(a["i"]) * 10 + Number(b["i"]));
      }
    }
    expect(sums).toEqual([11, 12, 13, 21, 22, 23, 31, 32, 33]);
    driver.close();
  });

  it("leaves nothing locked after a loop that was left early", () => {
    const driver = make();
    for (const i of [1, 2, 3]) driver.prepare("INSERT INTO t (i) VALUES (?)").run(i);
    for (const row of driver.prepare("SELECT i FROM t").iterate()) {
      expect(row["i"]).toBe(1);
      break;
    }
    driver.exec("DROP TABLE t");
    expect(driver.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]).toBe(0);
    driver.close();
  });

  it("commits a transaction that returns and undoes one that throws", () => {
    const driver = make();
    const put = driver.prepare("INSERT INTO t (i) VALUES (?)");
    expect(driver.transaction(() => put.run(1).lastId)).toBe(1);
    expect(() =>
      driver.transaction(() => {
        put.run(2);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(driver.prepare("SELECT i FROM t").all()).toHaveLength(1);
    driver.close();
  });

  it("refuses an asynchronous transaction and undoes it", () => {
    const driver = make();
    const body = async (): Promise<void> => {
      driver.prepare("INSERT INTO t (i) VALUES (?)").run(2);
    };
    expect(() => driver.transaction(body)).toThrow("asynchronous");
    expect(driver.prepare("SELECT i FROM t").all()).toHaveLength(0);
    driver.close();
  });

  it("enforces foreign keys", () => {
    const driver = empty();
    driver.exec("CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id))");
    expect(() => driver.exec("INSERT INTO b VALUES (7)")).toThrow(
      expect.objectContaining({
        code: "E_INTERNAL",
        message: expect.stringMatching(/FOREIGN KEY/),
      }),
    );
    driver.close();
  });

  it("may be closed twice", () => {
    const driver = empty();
    driver.close();
    expect(() => driver.close()).not.toThrow();
  });
});
