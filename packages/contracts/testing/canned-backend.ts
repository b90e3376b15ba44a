import { bytesSource } from "../src/body-source.ts";
import { objectKey, type ObjectKey } from "../src/object-key.ts";
import type { ObjectInfo, StagedStorage, StorageBackend, ThawTerms } from "../src/storage.ts";

export const key: ObjectKey = objectKey("a");
export const terms: ThawTerms = {
  tiers: [{ name: "standard", hours: 4 }],
  readyHours: undefined,
  pollSeconds: 600,
};
export const info: ObjectInfo = { key, sizeBytes: 10 };
export const body: Uint8Array = Uint8Array.from({ length: 10 }, (_, index) => index);

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

export function backend(more: Partial<StorageBackend>): StorageBackend {
  return {
    capabilities: {
      atomicPut: true,
      conditionalPut: true,
      rangeRead: true,
      resumeUpload: false,
      serverDigest: undefined,
      maxObjectBytes: 1000,
      maxConcurrent: 4,
      freeRead: true,
    },
    put: async () => info,
    get: (_key, options) =>
      bytesSource(body.slice(options?.range?.start, options?.range?.end)).open(0),
    stat: async () => info,
    async *list() {
      yield info;
    },
    delete: async () => undefined,
    close: async () => undefined,
    ...more,
  };
}

export function staged(calls: string[]): StagedStorage {
  const note = async (name: string): Promise<void> => {
    calls.push(name);
  };
  return {
    stage: async () => {
      await note("stage");
      return "/somewhere";
    },
    publish: async () => {
      await note("publish");
      return info;
    },
    discard: () => note("discard"),
    sweep: () => note("sweep"),
    pathOf: () => "/object",
  };
}
