import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "@coldstow/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BackendAccess } from "../archive/backend-access.ts";
import { readIni } from "../archive/read-ini.ts";
import { readTariffs } from "../tariff/index.ts";
import { estimateStart, type StartEstimate } from "./estimate-start.ts";

const mebibyte = 2 ** 20;
const noBackends: BackendAccess = {
  specs: async () => ({}),
  open: async () => Promise.reject(new Error("an estimate opens nothing")),
  secret: async () => Promise.reject(new Error("an estimate needs no secret")),
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-estimate-"));
  mkdirSync(join(folder, "tree"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function estimate(): Promise<StartEstimate> {
  const path = join(folder, "t.ini");
  writeFileSync(
    path,
    `[Archive]\ndirectory = tree\n[Tar]\nsize_tar = 4\ncompress = none\n[Repository]\ntype = s3, local\n[S3]\nprofile = aws-deep-archive\n[Local]\ndir = copies\n`,
  );
  const ini = await readIni(path, noBackends);
  return estimateStart({
    path: join(folder, "t.archive"),
    ini,
    backends: noBackends,
    progress: silent,
    tariffs: await readTariffs([]),
  });
}

describe("the estimate of an archive that is to be made", () => {
  it("counts the packs that start would make, with nothing opened and nothing changed", async () => {
    for (let n = 0; n < 6; n += 1) {
      const file = join(folder, "tree", `${n}.jpg`);
      writeFileSync(file, "");
      truncateSync(file, mebibyte);
    }
    const { files, packs, packSizeBytes, places } = await estimate();
    expect(files).toEqual({ objects: 6, bytes: 6 * mebibyte });
    expect(packs.objects).toBe(2);
    expect(packs.bytes).toBeGreaterThan(6 * mebibyte);
    expect(packs.bytes).toBeLessThan(6.1 * mebibyte);
    expect(packSizeBytes).toBe(4 * mebibyte);
    expect(places.map(({ destination, tariff }) => [destination, tariff?.id])).toEqual([
      ["s3", "aws-deep-archive"],
      ["local", undefined],
    ]);
    expect(places[1]?.packs.upload).toBeUndefined();
  });

  it("is made also where the archive is there already, as nothing is written", async () => {
    writeFileSync(join(folder, "t.archive"), "an archive");
    expect((await estimate()).files.objects).toBe(0);
  });

  it("shows that one object for each file costs more to put, to keep and to bring back", async () => {
    for (let n = 0; n < 200; n += 1) writeFileSync(join(folder, "tree", `${n}.txt`), `text ${n}`);
    const [deep] = (await estimate()).places;
    const amounts = (way: "packs" | "single"): number[] => [
      deep?.[way].upload?.amount ?? 0,
      deep?.[way].perYear?.amount ?? 0,
      deep?.[way].retrieval[0]?.cost?.amount ?? 0,
    ];
    for (const [index, single] of amounts("single").entries()) {
      expect(single).toBeGreaterThan(amounts("packs")[index] ?? Number.POSITIVE_INFINITY);
    }
    expect(deep?.single.upload?.amount).toBe(10_000);
    expect(deep?.packs.upload?.amount).toBe(50);
  });
});
