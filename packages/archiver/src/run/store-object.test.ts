import { createHash } from "node:crypto";
import { coldBackend, faultyBackend, memoryBackend, MemoryStore } from "@coldstow/backend-testkit";
import {
  bytesSource,
  objectKey,
  withRetry,
  type BodySource,
  type StorageBackend,
} from "@coldstow/contracts";
import { describe, expect, it } from "vitest";
import type { OpenDestination } from "../archive/archive.ts";
import { storeObject } from "./store-object.ts";

const key = objectKey("packs/a");
const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
const digests = (["sha256", "md5"] as const).map((algorithm) => ({
  algorithm,
  hex: createHash(algorithm).update(bytes).digest("hex"),
}));
const source: BodySource = bytesSource(bytes, digests);
const usual = { ifAbsent: true, readBack: true };

function at(backend: StorageBackend): OpenDestination {
  return { id: 1, name: "sftp", title: "nas", backend };
}

/** Keeps other bytes of the same length than it was sent. */
function liar(inner: StorageBackend, store: MemoryStore): StorageBackend {
  return {
    ...passing(inner),
    put: async (name, body, options) => {
      const info = await inner.put(name, body, options);
      const stored = store.objects.get(name);
      const flipped = stored?.bytes.slice() ?? new Uint8Array();
      flipped[1000] = (flipped[1000] ?? 0) ^ 1;
      if (stored !== undefined) store.objects.set(name, { ...stored, bytes: flipped });
      return info;
    },
  };
}

function passing(inner: StorageBackend): StorageBackend {
  return {
    capabilities: inner.capabilities,
    put: (name, body, options) => inner.put(name, body, options),
    get: (name, options) => inner.get(name, options),
    stat: (name) => inner.stat(name),
    list: (prefix) => inner.list(prefix),
    delete: (name) => inner.delete(name),
    close: () => inner.close(),
  };
}

describe("an object that is stored", () => {
  it.each(["sha256", "md5"] as const)(
    "is proven by the %s that its store tells",
    async (serverDigest) => {
      const proven = await storeObject(at(memoryBackend({ serverDigest })), key, source, usual);
      const hex = digests.find(({ algorithm }) => algorithm === serverDigest)?.hex;
      expect(proven).toEqual({ proof: "digest", remoteDigest: `${serverDigest}:${hex}` });
    },
  );

  it("is read back where its store tells none and reading is free", async () => {
    const read = await storeObject(at(memoryBackend()), key, source, usual);
    expect(read).toEqual({ proof: "read", remoteDigest: null });
    const unread = await storeObject(at(memoryBackend()), key, source, {
      ...usual,
      readBack: false,
    });
    expect(unread).toEqual({ proof: "size", remoteDigest: null });
  });

  it("takes the place of the half that a broken upload has left, where uploads are seen in part", async () => {
    const inner = memoryBackend();
    const capabilities = { ...inner.capabilities, atomicPut: false };
    const gateway = { ...passing(inner), capabilities };
    await inner.put(key, bytesSource(bytes.subarray(0, 1000)));
    expect(await storeObject(at(gateway), key, source, usual)).toMatchObject({ proof: "read" });
    expect((await inner.stat(key))?.sizeBytes).toBe(bytes.length);
    await inner.put(key, bytesSource(bytes.subarray(0, 1000)));
    await expect(storeObject(at(inner), key, source, usual)).rejects.toMatchObject({
      code: "E_LENGTH",
    });
  });

  it("is known by its size alone where reading costs", async () => {
    const cold = coldBackend({ clock: () => 0 });
    expect(await storeObject(at(cold), key, source, usual)).toEqual({
      proof: "size",
      remoteDigest: null,
    });
  });

  it("does not count where the store kept other bytes than it was sent", async () => {
    const store = new MemoryStore();
    const lying = liar(memoryBackend({ store }), store);
    await expect(storeObject(at(lying), key, source, usual)).rejects.toMatchObject({
      code: "E_FIXITY",
    });
  });
});

describe("an object that is there already, because an answer was lost,", () => {
  it("counts if its bytes prove it, and is stored once", async () => {
    let puts = 0;
    const inner = passing(memoryBackend());
    const counting: StorageBackend = {
      ...inner,
      put: (name, body, options) => {
        puts += 1;
        return inner.put(name, body, options);
      },
    };
    const faulty = faultyBackend(counting, { failNth: 1, afterEffect: true, only: ["put"] });
    const retried = withRetry(faulty, { baseDelayMs: 0 });
    expect(await storeObject(at(retried), key, source, usual)).toEqual({
      proof: "read",
      remoteDigest: null,
    });
    expect(puts).toBe(2);
  });

  it("is an error if it is another, or if nothing can prove it", async () => {
    const store = new MemoryStore();
    const other = memoryBackend({ store });
    await other.put(key, bytesSource(bytes.map((byte) => byte ^ 1)));
    await expect(storeObject(at(other), key, source, usual)).rejects.toMatchObject({
      code: "E_FIXITY",
    });
    const cold = coldBackend({ clock: () => 0 });
    await cold.put(key, source);
    await expect(storeObject(at(cold), key, source, usual)).rejects.toMatchObject({
      code: "E_EXISTS",
    });
  });
});
