import { bytesSource, readOnly, throttled, withRetry, objectKey } from "@coldstow/contracts";
import type { ObjectKey, StorageBackend } from "@coldstow/contracts";
import { ColdstowError } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { coldBackend, ColdStore } from "./cold-backend.ts";
import { conformance } from "./conformance.ts";
import { faultyBackend } from "./faulty-backend.ts";
import type { Harness, OpenedStore } from "./harness.ts";
import { memoryBackend, MemoryStore, type MemoryBackendOptions } from "./memory-backend.ts";
import { slowBackend } from "./slow-backend.ts";

type Wrap = (backend: StorageBackend) => StorageBackend;

function memoryHarness(wrap: Wrap, options: MemoryBackendOptions = {}): Harness {
  const open = async (): Promise<OpenedStore> => {
    const store = new MemoryStore();
    const client = (): StorageBackend => wrap(memoryBackend({ ...options, store }));
    return {
      backend: client(),
      reopen: async () => client(),
      breakStore: async () => {
        store.broken = new ColdstowError("E_IO", "the store cannot answer");
      },
      cleanup: async () => store.objects.clear(),
    };
  };
  return {
    open,
    expect: {
      capabilities: { atomicPut: true, conditionalPut: true, rangeRead: true, freeRead: true },
      cold: false,
      staged: false,
    },
  };
}

function coldHarness(unsealedMs: number): Harness {
  const open = async (): Promise<OpenedStore> => {
    const store = new ColdStore();
    let now = Date.UTC(2026, 0, 1);
    const client = (): StorageBackend & { cold: object } =>
      coldBackend({ store, clock: () => now, unsealedMs, serverDigest: "md5" });
    const moveTo = (keys: readonly ObjectKey[], edge: "fromMs" | "untilMs"): void => {
      const edges = keys.map((key) => store.windows.get(key)?.[edge] ?? now);
      now = Math.max(now, ...edges);
    };
    return {
      backend: client(),
      reopen: async () => client(),
      breakStore: async () => {
        store.broken = new ColdstowError("E_TIMEOUT", "the store cannot answer");
      },
      cold: {
        makeReady: async (keys) => moveTo(keys, "fromMs"),
        makeFrozen: async (keys) => moveTo(keys, "untilMs"),
      },
      cleanup: async () => store.objects.clear(),
    };
  };
  return {
    open,
    expect: {
      capabilities: { freeRead: false, serverDigest: "md5" },
      cold: true,
      staged: false,
    },
  };
}

const never = { attempts: 1 };
const unlimited = { bytesPerSecond: 1e12 };

const harnesses: Readonly<Record<string, Harness>> = {
  "memory backend": memoryHarness((backend) => backend, { serverDigest: "sha256" }),
  "cold backend": coldHarness(0),
  "cold backend that seals later": coldHarness(1000),
  "slow backend": memoryHarness((backend) =>
    slowBackend(backend, { latencyMs: 0, chunkBytes: 50_000 }),
  ),
  "memory backend withRetry": memoryHarness((backend) => withRetry(backend, never)),
  "memory backend throttled": memoryHarness((backend) => throttled(backend, unlimited)),
  "faulty backend whose fault never comes": memoryHarness((backend) =>
    faultyBackend(backend, { failNth: Number.POSITIVE_INFINITY }),
  ),
};

for (const [name, harness] of Object.entries(harnesses)) {
  describe(`conformance of the ${name}`, () => {
    const plan = conformance({ ...harness, test, describe });
    test("no group is left out", () => {
      expect(plan.leftOut).toEqual([]);
      expect(plan.scenarios).toBeGreaterThan(100);
    });
  });
}

test("a read-only backend refuses writes and leaves what is there", async () => {
  const inner = memoryBackend();
  const key = objectKey("a");
  await inner.put(key, bytesSource(new Uint8Array(3)));
  const backend = readOnly(inner);
  await expect(backend.put(key, bytesSource(new Uint8Array(4)))).rejects.toMatchObject({
    code: "E_READ_ONLY",
  });
  await expect(backend.delete(key)).rejects.toMatchObject({ code: "E_READ_ONLY" });
  expect((await backend.stat(key))?.sizeBytes).toBe(3);
});
