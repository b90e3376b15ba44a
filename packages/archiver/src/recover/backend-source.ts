import type { StorageBackend } from "@coldstow/contracts";
import type { RecoverySource, SourceObject } from "./source-object.ts";

/** The objects of a destination that is open for work. */
export function backendSource(
  backend: StorageBackend,
  title: string,
  signal?: AbortSignal,
): RecoverySource {
  return {
    title,
    folder: undefined,
    async *list(): AsyncGenerator<SourceObject, void, undefined> {
      for await (const { key, sizeBytes } of backend.list("")) {
        yield { name: key, sizeBytes, open: () => backend.get(key, signal ? { signal } : {}) };
      }
    },
  };
}
