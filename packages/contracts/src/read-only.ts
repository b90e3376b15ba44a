import { ColdstowError } from "./coldstow-error.ts";
import { objectKey } from "./object-key.ts";
import type { StagedStorage, StorageBackend } from "./storage.ts";

async function refuse(subject: string): Promise<never> {
  throw new ColdstowError(
    "E_READ_ONLY",
    `${subject} was opened for reading only; it is as before`,
    {
      subject,
    },
  );
}

function readOnlyStaged(staged: StagedStorage): StagedStorage {
  return {
    stage: async (key) => await refuse(objectKey(key)),
    publish: async (key) => await refuse(objectKey(key)),
    discard: refuse,
    sweep: async (key) => await refuse(objectKey(key)),
    pathOf: (key) => staged.pathOf(key),
  };
}

/**
 * The same backend, with which nothing can be written or deleted. Asking for a thaw stays possible,
 * since it changes no object.
 * @throws {E_READ_ONLY} from put, delete and the writing half of `staged`
 */
export function readOnly(backend: StorageBackend): StorageBackend {
  return {
    capabilities: backend.capabilities,
    ...(backend.tariff === undefined ? {} : { tariff: backend.tariff }),
    ...(backend.cold === undefined ? {} : { cold: backend.cold }),
    ...(backend.staged === undefined ? {} : { staged: readOnlyStaged(backend.staged) }),
    put: async (key) => await refuse(objectKey(key)),
    get: (key, options) => backend.get(key, options),
    stat: (key) => backend.stat(key),
    list: (prefix) => backend.list(prefix),
    delete: async (key) => await refuse(objectKey(key)),
    close: () => backend.close(),
  };
}
