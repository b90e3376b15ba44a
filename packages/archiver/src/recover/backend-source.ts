import { ColdstowError, isColdstowError, type StorageBackend } from "@coldstow/contracts";
import type { RecoverySource, SourceObject } from "./source-object.ts";

const thawHint =
  "Without its archive coldstow does not thaw. Thaw identity.age, the newest copy of the catalogue and the packs with the provider's own tools first, then run the same command again.";

/** The objects of a destination that is open for work; what is frozen there is not asked for. */
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
        const open = (): AsyncIterable<Uint8Array> =>
          withThawHint(backend.get(key, signal ? { signal } : {}));
        yield { name: key, sizeBytes, open };
      }
    },
  };
}

/** The hint of the code names a command that works on archives only. */
async function* withThawHint(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (!isColdstowError(error) || error.code !== "E_FROZEN") throw error;
    const { message, subject } = error;
    throw new ColdstowError("E_FROZEN", message, {
      hint: thawHint,
      cause: error,
      ...(subject !== undefined && { subject }),
    });
  }
}
