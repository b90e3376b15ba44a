import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SampleCatalogue } from "../../testing/sample-catalogue.ts";
import { moneyText, readTariffs, retrievalCost } from "../tariff/index.ts";
import { type ArchiveEstimate, estimateArchive } from "./estimate-archive.ts";

const config = `[Archive]
directory = /tree
[Repository]
type = local, s3, s3:flexible, ovh, s3:unknown
[Local]
dir = /copies
[S3]
profile = aws-deep-archive
[S3 flexible]
profile = minio
tariff = aws-glacier-flexible
[Ovh]
container = c
[S3 unknown]
profile = minio
`;
const names = ["local", "s3", "s3:flexible", "ovh", "s3:unknown"];
const tariffs = await readTariffs([]);
const gibibyte = 2 ** 30;

let sample: SampleCatalogue;
const ids = new Map<string, number>();

beforeEach(async () => {
  sample = await SampleCatalogue.make(config);
  for (const name of names) ids.set(name, await sample.destination(name));
});
afterEach(async () => sample.close());

function at(...places: readonly string[]): number[] {
  return places.map((name) => ids.get(name) ?? 0);
}

/** One file in one pack of its own, with copies at these places. */
async function stored(name: string, ...places: readonly string[]): Promise<number> {
  const pack = await sample.pack(at(...places), gibibyte);
  sample.file(name, gibibyte, sample.content(gibibyte, [pack]));
  return pack;
}

async function estimate(
  more: Partial<Parameters<typeof estimateArchive>[0]> = {},
): Promise<ArchiveEstimate> {
  return estimateArchive({ path: sample.path, tariffs, ...more });
}

describe("the estimate of an archive", () => {
  it("says what each destination costs to keep, by the price list that its settings name", async () => {
    await stored("a", "local", "s3", "s3:flexible", "s3:unknown");
    await stored("b", "local", "s3");
    const { keeping, tariffs: used } = await estimate();
    const told = keeping.map(({ destination, tariffId, objects, perMonth }) => [
      destination,
      tariffId,
      objects,
      perMonth === undefined ? "no price list" : moneyText(perMonth),
    ]);
    expect(told).toEqual([
      ["local", undefined, 2, "no price list"],
      ["s3", "aws-deep-archive", 2, "0.0020 USD"],
      ["s3:flexible", "aws-glacier-flexible", 1, "0.0036 USD"],
      ["ovh", "ovh-pca", 0, "0.00 EUR"],
      ["s3:unknown", "minio", 1, "no price list"],
    ]);
    expect(used.map(({ id }) => id)).toEqual([
      "aws-deep-archive",
      "aws-glacier-flexible",
      "ovh-pca",
    ]);
  });

  it("counts what was left at a destination that was removed", async () => {
    await stored("a", "s3", "local");
    await sample.catalogue.removeDestination(ids.get("s3") ?? 0);
    await sample.catalogue.removeDestination(ids.get("ovh") ?? 0);
    const { keeping, restoring } = await estimate();
    expect(
      keeping.filter(({ state }) => state === "removed").map((one) => one.destination),
    ).toEqual(["s3"]);
    expect(restoring.places.map(({ destination }) => destination)).not.toContain("s3");
  });

  it("says what a restore takes from each destination, by tier", async () => {
    await stored("a", "s3");
    await stored("b", "s3", "s3:flexible");
    const { restoring } = await estimate({ days: 3 });
    expect(restoring).toMatchObject({
      packs: 2,
      bytes: 2 * gibibyte,
      packsWithoutCopy: 0,
      days: 3,
    });
    const [, deep, flexible] = restoring.places;
    expect(deep).toMatchObject({ destination: "s3", packs: 2, lacking: 0 });
    expect(deep?.options.map(({ tier, hours }) => [tier, hours])).toEqual([
      ["standard", 12],
      ["bulk", 48],
    ]);
    const list = tariffs.find("aws-deep-archive");
    expect(deep?.options[1]?.cost).toEqual(
      list && retrievalCost(list, { requests: 2, bytes: 2 * gibibyte, tier: "bulk", days: 3 }),
    );
    expect(flexible).toMatchObject({ destination: "s3:flexible", packs: 1, lacking: 1 });
  });

  it("takes each pack from where it is cheapest: a disk first, an unknown price last", async () => {
    await stored("a", "local", "s3", "s3:unknown");
    await stored("b", "s3", "s3:flexible");
    await stored("c", "s3:unknown");
    const { restoring } = await estimate({ tier: "standard" });
    expect(restoring.cheapest.map((part) => [part.destination, part.packs, part.tier])).toEqual([
      ["local", 1, undefined],
      ["s3:flexible", 1, "standard"],
      ["s3:unknown", 1, undefined],
    ]);
  });

  it("asks for a tier where the price list has it, else for its first", async () => {
    await stored("a", "s3", "s3:flexible", "ovh");
    const { restoring } = await estimate({ tier: "Expedited" });
    const tiers = restoring.places.map(({ options }) => options.map(({ tier }) => tier));
    expect(tiers).toEqual([[undefined], ["standard"], ["expedited"], ["standard"], [undefined]]);
    await expect(estimate({ tier: "tomorrow" })).rejects.toMatchObject({ code: "E_USAGE" });
  });

  it("counts only the packs of what is to be restored, and those that nobody has", async () => {
    const lost = await stored("a", "s3");
    await stored("b", "s3");
    const s3 = ids.get("s3") ?? 0;
    await sample.catalogue.recordCopy(lost, s3, { state: "missing", storedNs: 1n });
    expect((await estimate()).restoring).toMatchObject({ packs: 2, packsWithoutCopy: 1 });
    expect((await estimate({ select: ["b"] })).restoring).toMatchObject({
      packs: 1,
      packsWithoutCopy: 0,
      selected: { files: 1 },
    });
    await expect(estimate({ select: ["c"] })).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await expect(estimate({ run: 2 })).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });

  it("goes by what the catalogue noted where no settings are kept", async () => {
    const bare = await SampleCatalogue.make();
    try {
      await bare.pack([await bare.destination("s3", { tariff: "scaleway-glacier" })]);
      const { keeping } = await estimateArchive({ path: bare.path, tariffs });
      expect(keeping[0]?.tariff?.id).toBe("scaleway-glacier");
    } finally {
      await bare.close();
    }
  });
});
