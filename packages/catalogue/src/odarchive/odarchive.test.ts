import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bothDrivers } from "../../testing/drivers.ts";
import { collected, Fixture, sha256, sha512 } from "../../testing/fixture.ts";
import { histories } from "../../testing/history-model.ts";
import { fromHex, toHex } from "../bytes-text.ts";
import type { Catalogue } from "../catalogue.ts";
import { learnSha256 } from "../content-digests.ts";

const hex512 = (text: string): string => toHex(sha512(text));
const options = {
  nowNs: 1_800_000_000_000_000_000n,
  fallbackGuid: "fallback",
  zone: "utc",
} as const;
const exported = { nowNs: options.nowNs, guid: "g", jobName: "photos" };

const versionOne = {
  version: 1,
  files: {
    [hex512("one")]: {
      filenames: { "/DATA/first.html": null, "/DATA/sub/copy é.html": null },
      size: 3,
      mtime: "2018-05-24T09:32:31",
    },
    [hex512("two")]: {
      filenames: { "/DATA/two": null },
      size: 3,
      mtime: "2018-05-24T09:32:31.25",
      disc_num: 1,
    },
  },
};

const versionTwo = {
  ...versionOne,
  version: 2,
  date: "2018-05-24T09:32:31",
  guid: "5b3f",
  client_name: "c",
  job_name: "job",
  job_id: "j",
  iso_path_root: "/DATA",
  segment_size: 4_700_000_000,
  source_path: "/src",
};

const text = async (catalogue: Catalogue, more: object = {}): Promise<string> =>
  (await collected(catalogue.exportOdarchive({ ...exported, ...more }))).join("");

const discs = (fixture: Fixture): unknown[] =>
  fixture.driver
    .prepare(
      `SELECT s.guid AS guid, d.number AS number, CAST(f.path AS TEXT) AS path, c.size AS size
       FROM disc_file f JOIN disc d ON d.id = f.disc JOIN disc_set s ON s.id = d.disc_set
       JOIN content c ON c.id = f.content ORDER BY d.number`,
    )
    .all()
    .map((row) => Object.values(row));

const filesOf = async (one: Fixture): Promise<string[]> =>
  (await one.catalogue.find({ kind: "file", limit: 10_000 })).rows
    .map((row) => `${toHex(row.sha256 ?? sha256(""))} ${row.mtimeNs} ${row.sizeBytes} ${row.path}`)
    .toSorted();

describe.each(await bothDrivers())("catalogue.json over $engine", ({ empty }) => {
  it.each([
    ["version 1", versionOne, "fallback", [0, 1]],
    ["version 2, whose files without disc_num lie on none", versionTwo, "5b3f", [1]],
  ])("takes in %s", async (_, json, guid, numbers) => {
    const fixture = await Fixture.make(empty());
    const result = await fixture.catalogue.importOdarchive(JSON.stringify(json), options);
    expect(result).toEqual({ run: 1, contents: 2, files: 3, unchanged: 0, discs: numbers.length });
    const { rows } = await fixture.catalogue.list("", { recursive: true });
    expect(rows.map((row) => [row.path, row.sizeBytes])).toEqual([
      ["first.html", 3],
      ["sub", 0],
      ["sub/copy é.html", 3],
      ["two", 3],
    ]);
    expect(rows[0]?.mtimeNs).toBe(1_527_154_351_000_000_000n);
    expect(rows[3]?.mtimeNs).toBe(1_527_154_351_250_000_000n);
    expect(rows[0]?.content).toBe(rows[2]?.content);
    const places: [number, string][] = [
      [0, "DATA/first.html"],
      [1, "DATA/two"],
    ];
    expect(discs(fixture)).toEqual(
      places
        .filter(([number]) => numbers.includes(number))
        .map(([number, path]) => [guid, number, path, 3]),
    );
    expect(await collected(fixture.catalogue.integrityCheck())).toEqual([]);
    await fixture.catalogue.close();
  });

  it("takes CRLF and a byte order mark, and notes nothing new the second time", async () => {
    const fixture = await Fixture.make(empty());
    const json = `\uFEFF${JSON.stringify(versionTwo, undefined, 4).replaceAll("\n", "\r\n")}`;
    await fixture.catalogue.importOdarchive(json, options);
    expect(await fixture.catalogue.importOdarchive(json, options)).toMatchObject({
      run: 2,
      files: 0,
      unchanged: 3,
    });
    await fixture.catalogue.close();
  });

  it.each([
    ["E_FORMAT", "no JSON", "{"],
    ["E_FORMAT", "a list", "[]"],
    ["E_FORMAT", "no version", `{"files": {}}`],
    ["E_NEWER_FORMAT", "version 4", `{"version": 4, "files": {}}`],
    ["E_FORMAT", "no files", `{"version": 1}`],
    [
      "E_FORMAT",
      "a key that is no digest",
      JSON.stringify({ version: 1, files: { x: Object.values(versionOne.files)[0] } }),
    ],
    [
      "E_FORMAT",
      "a name that leads out",
      JSON.stringify(versionOne).replace("/DATA/two", "/DATA/../two"),
    ],
    [
      "E_FORMAT",
      "a size below zero",
      JSON.stringify(versionOne).replaceAll(`"size":3`, `"size":-3`),
    ],
    [
      "E_FORMAT",
      "a time that is none",
      JSON.stringify(versionOne).replaceAll("2018-05-24T", "2018-99-24T"),
    ],
    ["E_FORMAT", "no name", JSON.stringify(versionOne).replace(`{"/DATA/two":null}`, "{}")],
  ])("says %s of %s, and takes nothing in", async (code, _, json) => {
    const { catalogue } = await Fixture.make(empty());
    await expect(catalogue.importOdarchive(json, options)).rejects.toMatchObject({ code });
    expect(await catalogue.newestRun()).toBe(0);
    expect((await catalogue.find()).rows).toEqual([]);
    await catalogue.close();
  });

  it("writes what it took in with its own keys, and the digest that it knows", async () => {
    const { catalogue } = await Fixture.make(empty());
    await catalogue.importOdarchive(JSON.stringify(versionTwo), options);
    const json = JSON.parse(await text(catalogue)) as Record<string, unknown>;
    expect(json).toEqual({
      version: 3,
      generator: "coldstow",
      date: "2027-01-15T08:00:00Z",
      guid: "g",
      job_name: "photos",
      iso_path_root: "/data",
      files: {
        [hex512("one")]: {
          filenames: { "/data/first.html": null, "/data/sub/copy é.html": null },
          size: 3,
          mtime: "2018-05-24T09:32:31Z",
        },
        [hex512("two")]: {
          filenames: { "/data/two": null },
          size: 3,
          mtime: "2018-05-24T09:32:31.25Z",
          disc_num: 1,
          discs: [{ disc_num: 1, path: "DATA/two", offset: 0, length: 3 }],
        },
      },
    });
    await catalogue.close();
  });

  it("writes an empty archive as an empty map", async () => {
    const { catalogue } = await Fixture.make(empty());
    expect(JSON.parse(await text(catalogue))).toMatchObject({ version: 3, files: {} });
    await catalogue.close();
  });

  it("brings every name, byte for byte, time and digest through version 3", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const fixture = await Fixture.make(empty());
        for (const changes of history) {
          fixture.begin();
          for (const [path, value] of changes) {
            if (value === undefined) fixture.remove(path);
            else fixture.put(path, { text: value, mtimeNs: BigInt(path.length) * 7_000_000_001n });
          }
        }
        const copy = await Fixture.make(empty());
        await copy.catalogue.importOdarchive(await text(fixture.catalogue), options);
        expect(await filesOf(copy)).toEqual(await filesOf(fixture));
        await fixture.catalogue.close();
        await copy.catalogue.close();
      }),
      { numRuns: 30 },
    );
  });

  it("writes one disc alone, with the parts of what is cut", async () => {
    const fixture = await Fixture.make(empty());
    fixture.begin();
    const big = fixture.put("big", { text: "abcdef" });
    fixture.put("other", { text: "o" });
    fixture.driver.exec(
      `INSERT INTO disc_set (guid, name, medium, capacity_blocks, created_ns) VALUES ('s', 's', 'cd', 1, 1);
       INSERT INTO disc (disc_set, number, label, state) VALUES (1, 0, 'a', 'burned'), (1, 1, 'b', 'burned')`,
    );
    const put = fixture.driver.prepare(
      "INSERT INTO disc_file VALUES (?, ?, CAST(? AS BLOB), ?, ?)",
    );
    put.run(1, big, "data/big.part-000001-of-000002", 0, 4);
    put.run(2, big, "data/big.part-000002-of-000002", 4, 2);
    const written = await text(fixture.catalogue, { disc: 2 });
    const json = JSON.parse(written) as { files: Record<string, { discs: unknown }> };
    expect(Object.keys(json.files)).toEqual([toHex(sha256("abcdef"))]);
    expect(Object.values(json.files)[0]?.discs).toEqual([
      { disc_num: 0, path: "data/big.part-000001-of-000002", offset: 0, length: 4 },
      { disc_num: 1, path: "data/big.part-000002-of-000002", offset: 4, length: 2 },
    ]);
    const copy = await Fixture.make(empty());
    await copy.catalogue.importOdarchive(written, options);
    expect(await text(copy.catalogue, { disc: 2 })).toBe(written);
    await copy.catalogue.close();
    await fixture.catalogue.close();
  });

  it("joins a content known by SHA-512 with the one known by SHA-256, once both are known", async () => {
    const fixture = await Fixture.make(empty());
    await fixture.catalogue.importOdarchive(JSON.stringify(versionOne), options);
    fixture.begin();
    const own = fixture.put("own", { text: "one" });
    const foreign = (await fixture.catalogue.entryAt("first.html"))?.content ?? 0;
    expect(foreign).not.toBe(own);
    expect(() => learnSha256(fixture.driver, own ?? 0, sha256("x"))).toThrow("not the one");
    expect(learnSha256(fixture.driver, foreign, sha256("one"))).toBe(own);
    expect(learnSha256(fixture.driver, own ?? 0, sha256("one"))).toBe(own);
    expect((await fixture.catalogue.entryAt("sub/copy é.html"))?.content).toBe(own);
    expect(await collected(fixture.catalogue.integrityCheck())).toEqual([]);
    await fixture.catalogue.close();
  });

  it("does not mind what a key of the map is called", async () => {
    const { catalogue } = await Fixture.make(empty());
    const json = `{"version":1,"files":{"${hex512("x")}":{"filenames":{"/DATA/__proto__":null},"size":1,"mtime":"2018-05-24T09:32:31"}}}`;
    await catalogue.importOdarchive(json, options);
    expect(await text(catalogue)).toContain(`"/data/__proto__": null`);
    await catalogue.close();
  });
});

describe("hexadecimal", () => {
  it("comes back as it was, and nothing else is taken", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
    expect(fromHex("0")).toBeUndefined();
    expect(fromHex("0g")).toBeUndefined();
  });
});
