import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { destinationTariff, parseTariff, readTariffs } from "./index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-tariffs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sample = {
  id: "mine",
  title: "My store",
  currency: "EUR",
  asOf: "2026-02-28",
  source: "https://example.com/prices",
  certainty: "stated",
  unit: "GB",
  storage: { perMonth: "0.001", minimumDays: 30 },
  overhead: { coldBytes: 0, hotBytes: 0, hotPerMonth: "0" },
  requests: { put: "0", list: "0", get: "0" },
  ingress: "0",
  tiers: [{ name: "standard", hours: 12, retrieval: "0.01", request: "0" }],
  restoredCopyPerDay: "0",
  egress: { price: "0.01", freePerMonth: 0 },
};

function put(name: string, change: object = {}): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ ...sample, ...change }));
  return file;
}

describe("price lists", () => {
  it("come with coldstow for the services it knows, each with its date and its source", async () => {
    const tariffs = (await readTariffs([])).all();
    expect(tariffs.map(({ id }) => id)).toEqual([
      "aws-deep-archive",
      "aws-glacier-flexible",
      "aws-s3-standard",
      "ovh-cold-archive",
      "ovh-pca",
      "scaleway-glacier",
    ]);
    for (const { certainty, notes } of tariffs) {
      expect(certainty === "stated" || notes.length > 0).toBe(true);
    }
  });

  it("of a person's own replace those of the same id, named ones last", async () => {
    put("a.json", { id: "ovh-pca", title: "as I pay it" });
    writeFileSync(join(folder, "notes.txt"), "not a price list");
    const inFolder = await readTariffs([folder, join(folder, "not-there")]);
    expect(inFolder.find("ovh-pca")?.title).toBe("as I pay it");
    expect(inFolder.find("mine")).toBeUndefined();
    mkdirSync(join(folder, "sub"));
    const named = put("sub/b.json", { id: "ovh-pca", title: "by name" });
    expect((await readTariffs([folder], [named])).find("ovh-pca")?.title).toBe("by name");
    expect((await readTariffs([], [join(folder, "sub")])).find("ovh-pca")?.title).toBe("by name");
  });

  it("that are named must be there", async () => {
    const place = join(folder, "not-there");
    await expect(readTariffs([], [place])).rejects.toMatchObject({
      code: "E_NOT_FOUND",
      subject: place,
    });
  });

  it("read back as they are written", () => {
    expect(parseTariff(JSON.stringify(sample), "f")).toEqual({ ...sample, notes: [] });
    expect(parseTariff(`\uFEFF${JSON.stringify(sample)}`, "f").id).toBe("mine");
  });

  it("are as docs/formats/tariff.md shows one", () => {
    const document = readFileSync(
      new URL("../../../../docs/formats/tariff.md", import.meta.url),
      "utf8",
    );
    const example = /```json\n(.*?)```/s.exec(document)?.[1] ?? "";
    expect(parseTariff(example, "tariff.md").id).toBe("my-store");
  });

  it.each<[string, object, string]>([
    ["a missing field", { ingress: undefined }, "f.json: ingress is missing or wrong"],
    [
      "a price as a number",
      { ingress: 0.01 },
      "f.json: ingress is 0.01; allowed: a price in quotes",
    ],
    ["a negative price", { ingress: "-1" }, 'ingress is "-1"'],
    ["an exponent", { ingress: "1e-7" }, 'ingress is "1e-7"'],
    ["a field inside", { storage: { perMonth: "x", minimumDays: 0 } }, 'storage.perMonth is "x"'],
    ["half a day", { storage: { perMonth: "1", minimumDays: 0.5 } }, "storage.minimumDays is 0.5"],
    ["a text for an object", { egress: "free" }, "egress is missing or wrong; allowed: an object"],
    [
      "a field it does not know",
      { colour: "red" },
      "f.json: colour is not a field of a price list",
    ],
    ["a day that is none", { asOf: "2026-02-30" }, 'asOf is "2026-02-30"; allowed: a day'],
    ["a currency that is none", { currency: "Euro" }, 'currency is "Euro"'],
    ["another unit", { unit: "TB" }, 'unit is "TB"; allowed: GB, GiB'],
    ["a source that is no address", { source: "a friend" }, 'source is "a friend"'],
    ["an id with a path in it", { id: "../x" }, 'id is "../x"'],
    ["a line feed in the title", { title: "a\nb" }, "title is"],
    ["a tier's field", { tiers: [{ name: "a" }] }, "tiers[0].hours is missing or wrong"],
    ["a tier twice", { tiers: [sample.tiers[0], sample.tiers[0]] }, "each tier's name once"],
    ["an inherited name", { __proto__: null, constructor: 1 }, "constructor is not a field"],
  ])("with %s are refused, with file and field", (_what, change, message) => {
    const text = JSON.stringify({ ...sample, ...change });
    expect(() => parseTariff(text, "f.json")).toThrow(
      expect.objectContaining({ code: "E_CONFIG", message: expect.stringContaining(message) }),
    );
  });

  it.each(["", "[]", "null", "{", "7"])("that are not a JSON object are refused: %j", (text) => {
    expect(() => parseTariff(text, "f.json")).toThrow(
      expect.objectContaining({ code: "E_CONFIG", message: expect.stringContaining("f.json") }),
    );
  });
});

describe("the price list of a destination", () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ["local", {}, undefined],
    ["sftp", {}, undefined],
    ["local", { tariff: "mine" }, "mine"],
    ["s3", { profile: "aws-deep-archive" }, "aws-deep-archive"],
    ["s3", { profile: "aws-deep-archive", tariff: "mine" }, "mine"],
    ["s3", {}, undefined],
    ["s3", { profile: "generic" }, undefined],
    ["s3", { profile: "AWS" }, "aws-s3-standard"],
    ["s3", { profile: "aws", storage_class: "deep_archive" }, "aws-deep-archive"],
    ["s3", { profile: "aws-deep-archive", storage_class: "GLACIER" }, "aws-glacier-flexible"],
    ["s3", { profile: "aws", storage_class: "ONEZONE_IA" }, undefined],
    ["s3", { profile: "scaleway-glacier", storage_class: "GLACIER" }, "scaleway-glacier"],
    ["ovh", {}, "ovh-pca"],
    ["ovh", { policy: "PCA" }, "ovh-pca"],
    ["ovh", { policy: "none" }, undefined],
  ])("of %s with %j is %s", (scheme, settings, id) => {
    expect(destinationTariff(scheme, settings)).toBe(id);
  });
});
