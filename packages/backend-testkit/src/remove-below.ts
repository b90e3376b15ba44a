import { bytesSource, isObjectKey, type ObjectKey, type StorageBackend } from "@coldstow/contracts";

import type { Meter } from "./metered-backend.ts";

const pageKeys = 10_000;

/**
 * Deletes every object whose key starts with the prefix. Memory: a page of keys.
 * @returns the keys of those that are still there; one that could not be deleted does not stop it
 * @throws what listing throws: then nothing is known of what is left
 */
export async function removeBelow(
  backend: StorageBackend,
  prefix: string,
): Promise<readonly ObjectKey[]> {
  for (;;) {
    const page = await firstKeys(backend, prefix);
    if (page.length === 0) return [];
    const failed = await deleteAll(backend, page);
    if (failed.length > 0) return failed;
  }
}

async function firstKeys(backend: StorageBackend, prefix: string): Promise<ObjectKey[]> {
  const keys: ObjectKey[] = [];
  for await (const { key } of backend.list(prefix)) {
    if (keys.push(key) === pageKeys) break;
  }
  return keys;
}

async function deleteAll(
  backend: StorageBackend,
  keys: readonly ObjectKey[],
): Promise<readonly ObjectKey[]> {
  const failed: ObjectKey[] = [];
  const waiting = keys.values();
  const deleteSome = async (): Promise<void> => {
    for (const key of waiting) {
      try {
        await backend.delete(key);
      } catch {
        failed.push(key);
      }
    }
  };
  const hands = Math.min(backend.capabilities.maxConcurrent, 16);
  await Promise.all(Array.from({ length: hands }, deleteSome));
  return failed;
}

/**
 * Removes what is no object: staged files, and the empty folders of uploads that failed. A folder
 * goes with the last object in it, so one is put there and deleted. What cannot be tidied stays.
 */
export async function tidied(
  backend: StorageBackend,
  { staged, unfinished }: Pick<Meter, "staged" | "unfinished">,
): Promise<void> {
  for (const key of staged) await backend.staged?.sweep(key).catch(() => undefined);
  // Scenarios also try what is no key.
  const folders = [...staged, ...unfinished].map((key) => key.slice(0, key.lastIndexOf("/") + 1));
  for (const folder of new Set(folders)) {
    const last = `${folder}last`;
    if (!isObjectKey(last)) continue;
    await backend
      .put(last, bytesSource(new Uint8Array()), { ifAbsent: true })
      .then(() => backend.delete(last))
      .catch(() => undefined);
  }
}
