import {
  objectKey,
  recoveryNoteKey,
  untilCancelled,
  type ObjectKey,
  type StorageBackend,
} from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import { cataloguePrefix, identityKey, packPrefix } from "../archive/object-keys.ts";
import { deleteObject } from "./delete-object.ts";
import type { DeleteTally } from "./delete-tally.ts";

/** Deletes the catalogue's copies at a destination, and forgets each once it is gone. */
export async function deleteCatalogueCopies(
  archive: Archive,
  destination: OpenDestination,
  tally: DeleteTally,
): Promise<void> {
  for (const { key } of await archive.catalogue.catalogueCopies(destination.id)) {
    try {
      await deleteObject(destination.backend, objectKey(key));
      await archive.catalogue.removeCatalogueCopy(destination.id, key);
      tally.catalogueCopies += 1;
    } catch (error) {
      tally.failed(destination.name, key, error);
    }
  }
}

/**
 * Deletes the recovery note and identity.age, unless something is left that they may be needed for:
 * objects of another archive, or of this one that could not be deleted. An identity.age that is not
 * this archive's stays.
 */
export async function deleteKeys(
  archive: Archive,
  destination: OpenDestination,
  tally: DeleteTally,
): Promise<void> {
  const { backend, name } = destination;
  try {
    if (await holdsAny(backend)) {
      tally.shared.push(name);
      return;
    }
    const identity = await archive.catalogue.meta("identity");
    if (identity !== undefined && (await holds(backend, identityKey, identity))) {
      await deleteObject(backend, identityKey);
    }
    if ((await backend.stat(identityKey)) === undefined) {
      await deleteObject(backend, recoveryNoteKey);
    }
  } catch (error) {
    tally.failed(name, undefined, error);
  }
}

async function holdsAny(backend: StorageBackend): Promise<boolean> {
  for (const prefix of [packPrefix, cataloguePrefix]) {
    for await (const _ of backend.list(prefix)) return true;
  }
  return false;
}

/** True where the object has these bytes; where reading is not free, where it has as many. */
async function holds(backend: StorageBackend, key: ObjectKey, bytes: Uint8Array): Promise<boolean> {
  const info = await backend.stat(key);
  if (info?.sizeBytes !== bytes.length) return false;
  if (!backend.capabilities.freeRead) return true;
  let at = 0;
  for await (const chunk of untilCancelled(backend.get(key), undefined)) {
    if (Buffer.compare(chunk, bytes.subarray(at, at + chunk.length)) !== 0) return false;
    at += chunk.length;
  }
  return at === bytes.length;
}
