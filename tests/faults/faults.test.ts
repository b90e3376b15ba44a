import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { failNthLoop, type FaultyBackend, type LoopOptions } from "@coldstow/backend-testkit";
import { isColdstowError, type StorageBackend } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";
import { compareTrees } from "../tools/compare-trees.ts";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { checkCommitted, checkSettled } from "./check-archive.ts";
import { bringBackState, keepState } from "./kept-state.ts";
import { changeTree, smallTree, writeTree } from "./seeded-tree.ts";
import { backUpOnce, newArchive, placeAt, restoreOnce, type Place, type Told } from "./session.ts";

const timeoutMs = 180_000;

/** An archive with one run and a tree that has changed in every way since. */
async function changedArchive(folder: string): Promise<Place> {
  const place = placeAt(folder);
  writeTree(place.source, 3, smallTree);
  await newArchive(place, false);
  await backUpOnce(place, "start");
  changeTree(place.source, 3, 1);
  await backUpOnce(place, "resume");
  changeTree(place.source, 3, 2);
  keepState(place, "changed");
  return place;
}

/** Runs once and says with what code it ended: an error's, a warning's, or none. */
async function codesOf(
  place: Place,
  backend: (inner: StorageBackend) => StorageBackend,
): Promise<readonly (string | undefined)[]> {
  const told: Told[] = [];
  try {
    await backUpOnce(place, "resume", { backend }, told);
  } catch (error) {
    if (!isColdstowError(error)) throw error;
    return [error.code];
  }
  return told.map(({ code }) => code);
}

async function expectConverges(place: Place): Promise<void> {
  await backUpOnce(place, "resume");
  expect((await checkCommitted(place)).problems).toEqual([]);
  expect(await checkSettled(place)).toEqual([]);
}

async function expectRestores(place: Place): Promise<void> {
  const restored = join(place.folder, "restored");
  await restoreOnce(place, restored);
  expect(compareTrees(place.source, restored)).toEqual([]);
}

describe("whichever call to the destination fails, the run says so and the next one goes on", () => {
  test(
    "once, before it did anything",
    async () => {
      expect(await failEachCall({})).toBeGreaterThan(5);
    },
    timeoutMs,
  );
  test(
    "once, after it did its work",
    async () => {
      expect(await failEachCall({ afterEffect: true })).toBeGreaterThan(5);
    },
    timeoutMs,
  );
  test(
    "and every call after it",
    async () => {
      expect(await failEachCall({ forever: true })).toBeGreaterThan(5);
    },
    timeoutMs,
  );
});

/** Returns how many calls were made to fail, each in a run of its own. */
async function failEachCall(options: LoopOptions): Promise<number> {
  return inTemporaryFolder(async (folder) => {
    const place = await changedArchive(folder);
    const faults = await failNthLoop(async ({ wrap }) => {
      bringBackState(place, "changed");
      let faulty: FaultyBackend | undefined;
      const codes = await codesOf(place, (inner) => (faulty = wrap(inner)));
      const fired = faulty?.fired();
      expect({ fired, toldOf: codes.length > 0 }).toEqual({ fired, toldOf: fired });
      expect((await checkCommitted(place)).problems).toEqual([]);
      await expectConverges(place);
    }, options);
    await expectRestores(place);
    return faults;
  });
}

test("a disk that is full while a pack is written ends the run, and the next one goes on", async () => {
  await inTemporaryFolder(async (folder) => {
    const place = await changedArchive(folder);
    const codes = await codesOf(place, (inner) => onFullDisk(inner));
    expect(codes).toEqual(["E_NO_SPACE"]);
    expect((await checkCommitted(place)).problems).toEqual([]);
    // Nothing half-written stays, not even until the next run.
    const leftovers = (await checkSettled(place)).filter((one) => one.startsWith("left behind"));
    expect(leftovers).toEqual([]);
    await expectConverges(place);
    await expectRestores(place);
  });
});

/** Every staged file is the device that is always full. */
function onFullDisk(inner: StorageBackend): StorageBackend {
  const { staged } = inner;
  if (staged === undefined) throw new Error("the local backend stages its packs");
  return {
    ...inner,
    capabilities: inner.capabilities,
    staged: {
      stage: async (key) => {
        const path = await staged.stage(key);
        symlinkSync("/dev/full", path);
        return path;
      },
      publish: (key, path, options) => staged.publish(key, path, options),
      discard: (path) => staged.discard(path),
      sweep: (key) => staged.sweep(key),
      pathOf: (key) => staged.pathOf(key),
    },
    put: (key, source, options) => inner.put(key, source, options),
    get: (key, options) => inner.get(key, options),
    stat: (key) => inner.stat(key),
    list: (prefix) => inner.list(prefix),
    delete: (key) => inner.delete(key),
    close: () => inner.close(),
  };
}
