import { describeError } from "./coldstow-error.ts";
import type { ObjectKey } from "./object-key.ts";
import {
  Patience,
  retryCounter,
  retrying,
  type RetryCounter,
  type RetryOptions,
} from "./retry-policy.ts";
import type {
  BodySource,
  ByteRange,
  ColdStorage,
  GetOptions,
  ObjectInfo,
  PutOptions,
  StagedStorage,
  StorageBackend,
} from "./storage.ts";

type Counter = (operation: string, signal?: AbortSignal) => RetryCounter;

/** True where the stored object is proven to be the body; without a digest in common it is not. */
function holdsBody(found: ObjectInfo, source: BodySource): boolean {
  return (
    found.sizeBytes === source.sizeBytes &&
    source.digests.some(
      ({ algorithm, hex }) =>
        found.digest?.algorithm === algorithm && found.digest.hex.toLowerCase() === hex,
    )
  );
}

/** Progress that is less than this may be the noise of a line that goes nowhere. */
const progressBytes = 1024 * 1024;

async function put(
  backend: StorageBackend,
  counter: RetryCounter,
  key: ObjectKey,
  source: BodySource,
  options: PutOptions | undefined,
): Promise<ObjectInfo> {
  let attempts = 0;
  let furthest = 0;
  return await retrying(counter, async () => {
    attempts += 1;
    let sent = 0;
    const onProgress = (bytes: number): void => {
      sent = Math.max(sent, bytes);
      options?.onProgress?.(bytes);
    };
    try {
      return await backend.put(key, source, { ...options, onProgress });
    } catch (error) {
      // What is in the way may be what an earlier attempt stored before its answer was lost.
      if (attempts > 1 && describeError(error).code === "E_EXISTS") {
        const found = await backend.stat(key);
        if (found !== undefined && holdsBody(found, source)) return found;
      }
      if (sent - furthest >= progressBytes) {
        counter.progressed();
        furthest = sent;
      }
      throw error;
    }
  });
}

/** Opens again after a failure that is worth it; `fresh` leaves out what was yielded before. */
async function* restarting<T>(
  counter: RetryCounter,
  open: () => AsyncIterable<T>,
  fresh: (value: T) => T | undefined,
): AsyncGenerator<T, void, undefined> {
  for (;;) {
    try {
      for await (const value of open()) {
        const unseen = fresh(value);
        if (unseen === undefined) continue;
        counter.progressed();
        yield unseen;
      }
      counter.progressed();
      return;
    } catch (error) {
      await counter.failed(error);
    }
  }
}

function get(
  backend: StorageBackend,
  counter: RetryCounter,
  key: ObjectKey,
  options: GetOptions | undefined,
): AsyncIterable<Uint8Array> {
  const wanted: ByteRange = options?.range ?? { start: 0, end: Number.MAX_SAFE_INTEGER };
  let delivered = 0;
  let skip = 0;
  const open = (): AsyncIterable<Uint8Array> => {
    skip = backend.capabilities.rangeRead ? 0 : delivered;
    if (delivered === skip) return backend.get(key, options);
    const range = { start: wanted.start + delivered, end: wanted.end };
    return backend.get(key, { ...options, range });
  };
  return restarting(counter, open, (chunk) => {
    const unseen = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - unseen.length;
    delivered += unseen.length;
    return unseen.length === 0 ? undefined : unseen;
  });
}

function list(
  backend: StorageBackend,
  counter: RetryCounter,
  prefix: string,
): AsyncIterable<ObjectInfo> {
  const seen = new Set<ObjectKey>();
  return restarting(
    counter,
    () => backend.list(prefix),
    (info) => {
      if (seen.has(info.key)) return undefined;
      seen.add(info.key);
      return info;
    },
  );
}

function retryingCold(cold: ColdStorage, counter: Counter): ColdStorage {
  return {
    terms: cold.terms,
    requestThaw: (keys, options) =>
      retrying(counter(`thaw ${keys.length} objects`), () => cold.requestThaw(keys, options)),
    thawState: (keys) =>
      retrying(counter(`ask the state of ${keys.length} objects`), () => cold.thawState(keys)),
  };
}

function retryingStaged(staged: StagedStorage, counter: Counter): StagedStorage {
  return {
    stage: (key) => retrying(counter(`stage ${key}`), () => staged.stage(key)),
    publish: (key, path, options) =>
      retrying(counter(`publish ${key}`, options?.signal), () =>
        staged.publish(key, path, options),
      ),
    discard: (path) => retrying(counter(`discard ${path}`), () => staged.discard(path)),
    sweep: (key) => retrying(counter(`sweep ${key}`), () => staged.sweep(key)),
    pathOf: (key) => staged.pathOf(key),
  };
}

/**
 * The same backend, which tries a call again after `E_THROTTLED` and every error that the error table
 * marks `retry: "now"`, with pauses that double and are jittered. Where the error names a time within a
 * few minutes, it is waited for; one farther away, and every other error, passes at once.
 *
 * - A broken `get` goes on after the bytes it has delivered, by a range read, or by reading past
 *   them where the backend has none. Each byte that arrives starts the count of attempts anew.
 * - A broken `list` starts again and leaves out what it has yielded: its memory grows with the
 *   number of listed keys.
 * - A `put` that got at least 1 MiB further than any before it starts the count anew as well.
 * - A `put` with `ifAbsent` whose first answer was lost succeeds if the store's own digest proves
 *   that the object there is this body; otherwise it ends with `E_EXISTS`.
 * - When all attempts of a call were in vain, the next calls are tried a single time, until one succeeds.
 * @throws {E_CANCELLED} as soon as a signal fires, also during a pause
 */
export function withRetry(backend: StorageBackend, options: RetryOptions = {}): StorageBackend {
  const patience = new Patience();
  const counter: Counter = (operation, signal) =>
    retryCounter(operation, options, signal, patience);
  return {
    capabilities: backend.capabilities,
    ...(backend.tariff === undefined ? {} : { tariff: backend.tariff }),
    ...(backend.cold === undefined ? {} : { cold: retryingCold(backend.cold, counter) }),
    ...(backend.staged === undefined ? {} : { staged: retryingStaged(backend.staged, counter) }),
    put: (key, source, putOptions) =>
      put(backend, counter(`put ${key}`, putOptions?.signal), key, source, putOptions),
    get: (key, getOptions) =>
      get(backend, counter(`get ${key}`, getOptions?.signal), key, getOptions),
    stat: (key) => retrying(counter(`stat ${key}`), () => backend.stat(key)),
    list: (prefix) => list(backend, counter(`list ${prefix}`), prefix),
    delete: (key) => retrying(counter(`delete ${key}`), () => backend.delete(key)),
    close: () => backend.close(),
  };
}
