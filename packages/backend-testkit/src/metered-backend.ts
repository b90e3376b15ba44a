import {
  throwIfCancelled,
  type ObjectKey,
  type StagedStorage,
  type StorageBackend,
} from "@coldstow/contracts";

/** What was asked of a backend. */
export interface Traffic {
  puts: number;
  gets: number;
  /** `stat`, `delete`, listings, and questions about cold objects. */
  otherCalls: number;
  sentBytes: number;
}

/** Who counts, and who may stop it. */
export interface Meter {
  readonly traffic: Traffic;
  readonly signal: AbortSignal | undefined;
  /** Keys of uploads that failed: a folder or a partial file may be left of them. */
  readonly unfinished: Set<ObjectKey>;
  readonly staged: Set<ObjectKey>;
}

function joined(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal[] {
  return [one, other].filter((signal) => signal !== undefined);
}

function withSignal<T extends { readonly signal?: AbortSignal }>(
  options: T | undefined,
  signal: AbortSignal | undefined,
): T | { signal: AbortSignal } | undefined {
  const signals = joined(options?.signal, signal);
  if (signals.length === 0 || signal === undefined) return options;
  return { ...options, signal: AbortSignal.any(signals) };
}

function meteredStaged(staged: StagedStorage, meter: Meter): StagedStorage {
  const { traffic, signal } = meter;
  return {
    stage: async (key) => {
      throwIfCancelled(signal);
      meter.staged.add(key);
      return await staged.stage(key);
    },
    publish: async (key, path, options) => {
      const info = await staged.publish(key, path, options);
      traffic.puts += 1;
      traffic.sentBytes += info.sizeBytes;
      return info;
    },
    discard: (path) => staged.discard(path),
    sweep: (key) => staged.sweep(key),
    pathOf: (key) => staged.pathOf(key),
  };
}

/**
 * The same backend; calls are counted, and refused with `E_CANCELLED` once the signal has fired. It
 * closes when its uploads have ended: a scenario that fails does not wait for its other uploads, and
 * one that is cut leaves a partial file.
 */
export function metered(backend: StorageBackend, meter: Meter): StorageBackend {
  const { traffic, signal } = meter;
  const { cold, staged, tariff } = backend;
  const underWay = new Set<Promise<void>>();
  const other = async <T>(call: () => Promise<T>): Promise<T> => {
    throwIfCancelled(signal);
    traffic.otherCalls += 1;
    return await call();
  };
  return {
    capabilities: backend.capabilities,
    ...(tariff === undefined ? {} : { tariff }),
    ...(staged === undefined ? {} : { staged: meteredStaged(staged, meter) }),
    ...(cold === undefined
      ? {}
      : {
          cold: {
            terms: cold.terms,
            requestThaw: (keys, options) => other(() => cold.requestThaw(keys, options)),
            thawState: (keys) => other(() => cold.thawState(keys)),
          },
        }),
    put: async (key, source, options) => {
      throwIfCancelled(signal);
      traffic.puts += 1;
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      underWay.add(ended);
      try {
        const info = await backend.put(key, source, withSignal(options, signal));
        traffic.sentBytes += info.sizeBytes;
        return info;
      } catch (error) {
        meter.unfinished.add(key);
        throw error;
      } finally {
        underWay.delete(ended);
        end();
      }
    },
    async *get(key, options): AsyncGenerator<Uint8Array, void, undefined> {
      throwIfCancelled(signal);
      traffic.gets += 1;
      yield* backend.get(key, withSignal(options, signal));
    },
    stat: (key) => other(() => backend.stat(key)),
    async *list(prefix) {
      throwIfCancelled(signal);
      traffic.otherCalls += 1;
      yield* backend.list(prefix);
    },
    delete: (key) => other(() => backend.delete(key)),
    close: async () => {
      await Promise.all(underWay);
      await backend.close();
    },
  };
}
