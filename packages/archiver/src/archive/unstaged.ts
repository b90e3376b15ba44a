import type { StorageBackend } from "@coldstow/contracts";

/**
 * The same backend without staged files, so that every byte passes through `put` and `get`, where it
 * can be counted. `delete` also removes what an earlier writer has left staged under the key.
 */
export function unstaged(backend: StorageBackend): StorageBackend {
  return {
    capabilities: backend.capabilities,
    ...(backend.tariff === undefined ? {} : { tariff: backend.tariff }),
    ...(backend.cold === undefined ? {} : { cold: backend.cold }),
    put: (key, source, options) => backend.put(key, source, options),
    get: (key, options) => backend.get(key, options),
    stat: (key) => backend.stat(key),
    list: (prefix) => backend.list(prefix),
    async delete(key) {
      await backend.delete(key);
      await backend.staged?.sweep(key);
    },
    close: () => backend.close(),
  };
}
