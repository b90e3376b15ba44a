import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryBackend, MemoryStore } from "@coldstow/backend-testkit";
import { ColdstowError, silent, type StorageBackend } from "@coldstow/contracts";
import { localBackend, parseSettings } from "@coldstow/local-backend";
import { afterEach, expect, it } from "vitest";
import {
  testArchive,
  type TestArchive,
  type TestArchiveOptions,
} from "../../testing/test-archive.ts";
import { verifyArchive } from "../verify/verify-archive.ts";
import { deleteArchive } from "./delete-archive.ts";

const made: TestArchive[] = [];

afterEach(async () => {
  for (const one of made.splice(0)) await one.close();
});

async function make(backends: TestArchiveOptions["backends"]): Promise<TestArchive> {
  const test = await testArchive({ backends });
  made.push(test);
  return test;
}

const local = (root: string, name: string): StorageBackend =>
  localBackend(parseSettings({ dir: join(root, name) }));

it("leaves nothing at the destinations, and the catalogue knows it", async () => {
  const test = await make((root) => ({ a: local(root, "a"), b: local(root, "b") }));
  const packs = await test.packs();
  const report = await deleteArchive(test.archive, { progress: silent });
  expect(report).toMatchObject({
    copies: packs.length * 2,
    packs: packs.length,
    bytes: packs.reduce((sum, pack) => sum + (pack.sizeBytes ?? 0), 0) * 2,
    catalogueCopies: 2,
    shared: [],
    failures: [],
  });
  expect(readdirSync(join(test.root, "a"))).toEqual([]);
  expect(readdirSync(join(test.root, "b"))).toEqual([]);
  expect(await test.packs()).toEqual([]);
  const again = await deleteArchive(test.archive, { progress: silent });
  expect(again).toMatchObject({ copies: 0, packs: 0, catalogueCopies: 0, failures: [] });
  const verified = await verifyArchive(test.archive, { level: "digest", progress: silent });
  expect(verified.findings).toEqual([]);
});

it("makes the next run store every file again", async () => {
  const test = await make((root) => ({ a: local(root, "a") }));
  await deleteArchive(test.archive, { progress: silent });
  const run = await test.run("resume");
  expect([run.filesStored, run.healedPacks]).toEqual([6, 0]);
  const report = await verifyArchive(test.archive, {
    level: "decrypt",
    keys: [test.key],
    progress: silent,
  });
  expect(report.findings).toEqual([]);
  expect(report.copiesRead).toBeGreaterThan(0);
});

it("at one destination leaves the other whole, from which a run heals it", async () => {
  const test = await make((root) => ({ a: local(root, "a"), b: local(root, "b") }));
  const packs = await test.packs();
  const report = await deleteArchive(test.archive, { destinations: ["local:a"], progress: silent });
  expect([report.copies, report.packs]).toEqual([packs.length, 0]);
  expect((await test.packs()).length).toBe(packs.length);
  expect((await test.run("resume")).healedPacks).toBe(packs.length);
});

it("does not touch the objects of another archive, nor what they are opened with", async () => {
  const test = await make((root) => ({ a: local(root, "a") }));
  const foreign = join(test.root, "a", "packs", "r000001", "p000001-anotherarchive00.tar.age");
  mkdirSync(join(foreign, ".."), { recursive: true });
  writeFileSync(foreign, "another archive's");
  const report = await deleteArchive(test.archive, { progress: silent });
  expect(report.shared).toEqual(["local:a"]);
  expect(readdirSync(join(test.root, "a", "packs", "r000001"))).toEqual([
    "p000001-anotherarchive00.tar.age",
  ]);
  expect(existsSync(join(test.root, "a", "identity.age"))).toBe(true);
  expect(existsSync(join(test.root, "a", "README-RECOVERY.txt"))).toBe(true);
});

it("keeps an identity.age that is not its own", async () => {
  const test = await make((root) => ({ a: local(root, "a") }));
  writeFileSync(join(test.root, "a", "identity.age"), "another archive's");
  await deleteArchive(test.archive, { progress: silent });
  expect(readdirSync(join(test.root, "a")).toSorted()).toEqual([
    "README-RECOVERY.txt",
    "identity.age",
  ]);
});

/** A backend whose n-th deletion, from 1, ends with an error instead. */
function failing(
  store: MemoryStore,
  n: number,
  code: "E_CANCELLED" | "E_PERMISSION",
): StorageBackend {
  const inner = memoryBackend({ store, maxConcurrent: 1 });
  let count = 0;
  return {
    capabilities: inner.capabilities,
    put: (...given) => inner.put(...given),
    get: (...given) => inner.get(...given),
    stat: (key) => inner.stat(key),
    list: (prefix) => inner.list(prefix),
    close: () => inner.close(),
    delete: async (key) => {
      count += 1;
      if (count === n) throw new ColdstowError(code, "not this one");
      await inner.delete(key);
    },
  };
}

it("goes on where it was cut, and what was deleted until then is known", async () => {
  const store = new MemoryStore();
  const test = await make(() => ({ m: failing(store, 3, "E_CANCELLED") }));
  const packs = await test.packs();
  await expect(deleteArchive(test.archive, { progress: silent })).rejects.toMatchObject({
    code: "E_CANCELLED",
  });
  const states = await test.archive.catalogue.copiesOnDestination(1);
  expect(states.rows.map((copy) => copy.state)).toEqual([
    "deleted",
    "deleted",
    ...packs.slice(2).map(() => "stored"),
  ]);
  expect((await test.packs()).length).toBe(packs.length - 2);
  const report = await deleteArchive(test.archive, { progress: silent });
  expect([report.copies, report.packs]).toEqual([packs.length - 2, packs.length - 2]);
  expect(store.objects.size).toBe(0);
});

it("reports an object that the destination refuses to delete, and keeps the keys beside it", async () => {
  const store = new MemoryStore();
  const test = await make(() => ({ m: failing(store, 1, "E_PERMISSION") }));
  const [first, ...rest] = await test.packs();
  const report = await deleteArchive(test.archive, { progress: silent });
  expect(report.failures.map((one) => [one.key, one.code])).toEqual([[first?.key, "E_PERMISSION"]]);
  expect([report.copies, report.packs]).toEqual([rest.length, rest.length]);
  expect([...store.objects.keys()].toSorted()).toEqual(
    ["README-RECOVERY.txt", "identity.age", first?.key].toSorted(),
  );
  const [copy] = await test.archive.catalogue.copiesOfPack(first?.id ?? 0);
  expect(copy?.state).toBe("stored");
});
