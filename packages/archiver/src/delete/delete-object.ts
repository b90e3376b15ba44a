import { ColdstowError, type ObjectKey, type StorageBackend } from "@coldstow/contracts";

/**
 * Deletes an object and looks whether it is gone.
 * @throws {E_IO} if the store still has it
 */
export async function deleteObject(backend: StorageBackend, key: ObjectKey): Promise<void> {
  await backend.delete(key);
  if ((await backend.stat(key)) === undefined) return;
  throw new ColdstowError("E_IO", `${key} was deleted, and the destination still has it.`, {
    subject: key,
    hint: "The destination may keep versions or refuse deletions; look at its settings.",
  });
}
