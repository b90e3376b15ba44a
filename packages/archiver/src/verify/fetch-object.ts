import { open } from "node:fs/promises";
import {
  fromSystemError,
  untilCancelled,
  type ObjectKey,
  type StorageBackend,
} from "@coldstow/contracts";
import { atMost } from "../files/at-most.ts";

/**
 * Brings an object into a new file of this machine.
 * @param maxBytes a longer object is refused, so that it cannot fill the disk
 * @throws {E_NOT_FOUND | E_FROZEN | E_THAWING | E_LENGTH | E_NO_SPACE …}
 */
export async function fetchObject(
  backend: StorageBackend,
  key: ObjectKey,
  path: string,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await open(path, "wx", 0o600).catch((error: unknown) => {
    throw fromSystemError(error, "Making a file in the spool folder", path);
  });
  try {
    const body = untilCancelled(backend.get(key, signal === undefined ? {} : { signal }), signal);
    for await (const chunk of atMost(body, maxBytes, key)) {
      await file.writeFile(chunk).catch((error: unknown) => {
        throw fromSystemError(error, "Writing into the spool folder", path);
      });
    }
  } finally {
    await file.close();
  }
}
