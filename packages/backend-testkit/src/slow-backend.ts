import { sleep, type BodySource, type StorageBackend } from "@coldstow/contracts";

export interface SlowOptions {
  /** How long each call, and each piece of a body, waits before it is served; 0 yields the processor. */
  readonly latencyMs: number;
  /** Length of the pieces in which bodies move; whole chunks if not given. */
  readonly chunkBytes?: number;
}

/** The same backend behind a slow line: calls interleave as they do over a network. */
export function slowBackend(inner: StorageBackend, options: SlowOptions): StorageBackend {
  const { latencyMs, chunkBytes = Number.MAX_SAFE_INTEGER } = options;

  async function late<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await sleep(latencyMs, signal);
    return await work();
  }

  async function* slowly(
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += chunkBytes) {
        await sleep(latencyMs, signal);
        yield chunk.subarray(at, at + chunkBytes);
      }
    }
  }

  return {
    capabilities: inner.capabilities,
    ...(inner.tariff === undefined ? {} : { tariff: inner.tariff }),
    ...(inner.cold === undefined ? {} : { cold: inner.cold }),
    ...(inner.staged === undefined ? {} : { staged: inner.staged }),
    put: (key, source, put) => {
      const slow: BodySource = {
        sizeBytes: source.sizeBytes,
        digests: source.digests,
        open: (offset) => slowly(source.open(offset), put?.signal),
      };
      return late(() => inner.put(key, slow, put), put?.signal);
    },
    get: (key, get) => slowly(inner.get(key, get), get?.signal),
    stat: (key) => late(() => inner.stat(key)),
    async *list(prefix) {
      await sleep(latencyMs);
      yield* inner.list(prefix);
    },
    delete: (key) => late(() => inner.delete(key)),
    close: () => inner.close(),
  };
}
