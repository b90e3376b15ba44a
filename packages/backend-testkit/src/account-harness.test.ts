import { ColdstowError, objectKey, withRetry, type StorageBackend } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { openAccount } from "./account-harness.ts";
import { checkBackend, type CheckReport } from "./check-backend.ts";
import { coldBackend, ColdStore } from "./cold-backend.ts";
import { memoryBackend, MemoryStore } from "./memory-backend.ts";

const mine = objectKey("packs/r000001/mine.tar.age");

function usedStore(): MemoryStore {
  const store = new MemoryStore();
  store.objects.set(mine, { bytes: new Uint8Array(9), modifiedAt: "2026-01-01T00:00:00.000Z" });
  return store;
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/"));
}

async function checked(open: () => StorageBackend): Promise<CheckReport> {
  const account = await openAccount({ open: async () => open(), listedObjects: 30 });
  const report = await checkBackend(await account.harness());
  expect(await account.cleanUp()).toEqual([]);
  await account.close();
  return report;
}

describe("a check of an account", () => {
  test("passes beside the objects that are there, and leaves just these", async () => {
    const store = usedStore();
    const report = await checked(() => memoryBackend({ store }));
    expect(report.failed).toEqual([]);
    expect(report.leftOut.map(({ group }) => group)).toEqual(["uncertainty"]);
    expect([...store.objects.keys()]).toEqual([mine]);
  });

  test("leaves out what must read frozen objects, and says so", async () => {
    const store = new ColdStore();
    const report = await checked(() => coldBackend({ store, clock: Date.now, unsealedMs: 0 }));
    expect(report.failed).toEqual([]);
    expect(report.leftOut.map(({ group }) => group)).toContain("round-trips");
    expect(report.passed).toBeGreaterThan(10);
    expect(store.objects.size).toBe(0);
  });

  test("reads back where new objects of a cold store stay ready for a while", async () => {
    const store = new ColdStore();
    const report = await checked(() =>
      coldBackend({ store, clock: Date.now, unsealedMs: 86_400_000 }),
    );
    expect(report.failed).toEqual([]);
    expect(report.leftOut.map(({ group }) => group)).toEqual(["cold-states", "uncertainty"]);
  });

  test("ends early when it is interrupted, and can still clean up", async () => {
    const store = usedStore();
    const controller = new AbortController();
    const account = await openAccount({
      open: async () => memoryBackend({ store }),
      signal: controller.signal,
      listedObjects: 30,
    });
    let results = 0;
    await checkBackend(await account.harness(), {
      onResult: () => {
        results += 1;
        if (results === 10) controller.abort();
      },
    });
    const { puts } = account.traffic;
    expect(puts).toBeLessThan(100);
    expect(await account.cleanUp()).toEqual([]);
    expect([...store.objects.keys()]).toEqual([mine]);
  });

  test("names what could not be removed", async () => {
    const store = usedStore();
    const open = (): StorageBackend => ({
      ...withRetry(memoryBackend({ store })),
      delete: async () => {
        throw new ColdstowError("E_PERMISSION", "no deletion here");
      },
    });
    const account = await openAccount({ open: async () => open() });
    await expect(account.harness()).rejects.toMatchObject({ code: "E_PERMISSION" });
    expect(await account.cleanUp()).toEqual([`${account.prefix}probe`]);
  });

  test("tries nothing again in the scenarios, and what tidies up may", async () => {
    const store = usedStore();
    const retried: string[] = [];
    let isTidying = false;
    const account = await openAccount({
      open: async () => {
        const backend = withRetry(memoryBackend({ store }), { attempts: 1 });
        let failsOnce = isTidying;
        return {
          ...backend,
          delete: async (key) => {
            if (failsOnce) {
              failsOnce = false;
              throw new ColdstowError("E_TEMPORARY", "the line broke");
            }
            await backend.delete(key);
          },
        };
      },
      patient: (client) =>
        withRetry(client, {
          onRetry: ({ operation }) => void retried.push(operation),
          sleep: async () => undefined,
        }),
      listedObjects: 30,
    });
    const report = await checkBackend(await account.harness());
    expect(report.failed).toEqual([]);
    expect(retried).toEqual([]);
    const stray = objectKey(`${account.prefix}stray`);
    store.objects.set(stray, { bytes: new Uint8Array(1), modifiedAt: "" });
    isTidying = true;
    expect(await account.cleanUp()).toEqual([]);
    expect(retried).toEqual([`delete ${stray}`]);
    expect([...store.objects.keys()]).toEqual([mine]);
  });

  test("leaves no empty folder where even its first object could not be stored", async () => {
    const folders = new Set<string>();
    let failing = true;
    const account = await openAccount({
      open: async () => {
        const backend = withRetry(memoryBackend(), { attempts: 1 });
        return {
          ...backend,
          put: async (key, source, options) => {
            folders.add(folderOf(key));
            if (failing) throw new ColdstowError("E_NO_SPACE", "the disk is full");
            return await backend.put(key, source, options);
          },
          delete: async (key) => {
            await backend.delete(key);
            folders.delete(folderOf(key));
          },
        };
      },
    });
    await expect(account.harness()).rejects.toMatchObject({ code: "E_NO_SPACE" });
    failing = false;
    expect(folders.size).toBe(1);
    expect(await account.cleanUp()).toEqual([]);
    expect([...folders]).toEqual([]);
  });
});
