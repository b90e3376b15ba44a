import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  decryptPacks,
  recoverArchive,
  type RecoverOptions,
  type RecoverResult,
} from "@coldstow/archiver";
import { backUpOnce, placeAt, restoreOnce, type Place } from "../faults/session.ts";
import { compareTrees } from "../tools/compare-trees.ts";
import { removeHostileTree } from "../tools/hostile-tree.ts";
import { entriesOfRun } from "./entries-of-runs.ts";
import { archiveThreeRuns, type LeftOut } from "./three-runs.ts";

let folder = "";
let place: Place;
let leftOut: LeftOut;
let identity = "";
let made = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coldstow-recover-"));
  place = placeAt(folder);
  leftOut = await archiveThreeRuns(place, true);
  identity = readFileSync(join(folder, "identity.txt"), "utf8").trim();
}, 240_000);

afterAll(() => removeHostileTree(folder));

function fresh(): string {
  made += 1;
  const path = join(folder, `to-${made}`);
  mkdirSync(path);
  return path;
}

async function recover(to: string, options: Partial<RecoverOptions> = {}): Promise<RecoverResult> {
  return recoverArchive({
    source: place.destination,
    destination: join(to, "tree"),
    keys: { identities: [identity] },
    catalogue: join(to, "t.archive"),
    ...options,
  });
}

/** A symlink's further names are not in a manifest. */
const beyondManifests = ["hardlinks/symlink-2"];

describe("recover", () => {
  test("brings back the catalogue from its copy, and the whole tree", async () => {
    const to = fresh();
    const result = await recover(to);
    expect(result).toMatchObject({ from: "copy", run: 3, damaged: 0, missing: 0, failed: 0 });
    expect(compareTrees(place.source, join(to, "tree"), { ignore: leftOut })).toEqual([]);
    for (const run of [1, 2, 3]) {
      const path = join(to, "t.archive");
      expect(await entriesOfRun(path, run)).toEqual(await entriesOfRun(place.archive, run));
    }
  });

  test("brings back the whole tree from packs alone, with the passphrase", async () => {
    const to = fresh();
    const result = await recover(to, { rebuild: true, keys: { passphrase: "a passphrase" } });
    expect(result).toMatchObject({ from: "packs", run: 3, damaged: 0, missing: 0, failed: 0 });
    const ignore = [...leftOut, ...beyondManifests];
    expect(compareTrees(place.source, join(to, "tree"), { ignore })).toEqual([]);
  });

  test("reads packs that are newer than the copy of the catalogue into it", async () => {
    const to = fresh();
    const source = join(to, "destination");
    cpSync(place.destination, source, { recursive: true });
    for (const name of readdirSync(join(source, "catalogue"))) {
      if (!name.startsWith("r000001")) rmSync(join(source, "catalogue", name));
    }
    const result = await recover(to, { source });
    expect(result).toMatchObject({ from: "copy", run: 3, damaged: 0, missing: 0, failed: 0 });
    expect(compareTrees(place.source, join(to, "tree"), { ignore: leftOut })).toEqual([]);
    const path = join(to, "t.archive");
    expect(await entriesOfRun(path, 3)).toEqual(await entriesOfRun(place.archive, 3));
  });

  test("rebuilds from packs what the lost catalogue said of every run", async () => {
    const to = fresh();
    await recover(to, { rebuild: true, destination: undefined });
    const path = join(to, "t.archive");
    for (const run of [1, 2, 3]) {
      expect(await entriesOfRun(path, run)).toEqual(await entriesOfRun(place.archive, run));
    }
    const catalogue = await Catalogue.open(openNodeDriver(path));
    const findings: string[] = [];
    for await (const { message } of catalogue.integrityCheck()) findings.push(message);
    await catalogue.close();
    expect(findings).toEqual([]);
  });

  test("rebuilds a catalogue from which the archive goes on without storing anything again", async () => {
    const to = fresh();
    const work = placeAt(to);
    await recover(to, { rebuild: true, destination: undefined, catalogue: work.archive });
    const rebuilt = { ...place, work: work.work, archive: work.archive };
    await setConfig(rebuilt);
    const result = await backUpOnce(rebuilt, "resume");
    expect(result).toMatchObject({ bytesStored: 0, problems: 0 });
    const again = await backUpOnce(rebuilt, "resume");
    expect(again).toMatchObject({ changed: false });
    const restored = await restoreOnce(rebuilt, join(to, "restored"));
    expect(restored).toMatchObject({ failed: 0, skipped: 0 });
    const ignore = [...leftOut, ...beyondManifests];
    const found = compareTrees(place.source, join(to, "restored"), { ignore });
    expect(found.filter(({ kind }) => kind !== "sparseness")).toEqual([]);
  });
});

/** A rebuilt catalogue does not know the folder that is archived. */
async function setConfig({ archive }: Place): Promise<void> {
  const lost = await Catalogue.open(openNodeDriver(place.archive, { readOnly: true }));
  const config = await lost.meta("config");
  const source = await lost.meta("source");
  await lost.close();
  const rebuilt = await Catalogue.open(openNodeDriver(archive));
  await rebuilt.setMeta({ config, source });
  await rebuilt.close();
}

describe("decrypt", () => {
  test("opens the packs of an archive with the passphrase alone", async () => {
    const to = fresh();
    const result = await decryptPacks({
      source: place.destination,
      destination: to,
      keys: { passphrase: "a passphrase" },
    });
    expect(result).toMatchObject({ damaged: 0, missing: 0, failed: 0, skipped: 0 });
    const ignore = [...leftOut, ...beyondManifests];
    expect(compareTrees(place.source, to, { ignore })).toEqual([]);
  });

  test("refuses a wrong passphrase and writes nothing", async () => {
    const to = join(folder, "nothing-here");
    const keys = { passphrase: "another" };
    const opening = decryptPacks({ source: place.destination, destination: to, keys });
    await expect(opening).rejects.toMatchObject({ code: "E_WRONG_KEY" });
    expect(() => rmSync(to)).toThrow("ENOENT");
  });
});
