import { sleep, untilCancelled } from "./cancellation.ts";
import { ColdstowError } from "./coldstow-error.ts";
import type { BodySource, StorageBackend } from "./storage.ts";

export interface ThrottleOptions {
  readonly bytesPerSecond: number;
  /** Ends every call that moves bytes, beside the call's own signal. */
  readonly signal?: AbortSignal;
  /** Milliseconds on a clock that never goes back; for tests. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

type Pace = (
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
) => AsyncIterable<Uint8Array>;

function pacer(options: ThrottleOptions): Pace {
  const now = options.now ?? (() => performance.now());
  const wait = options.sleep ?? sleep;
  // A tenth of a second's worth at a time keeps a slow line busy evenly.
  const pieceBytes = Math.max(1, Math.floor(options.bytesPerSecond / 10));
  let freeAt = 0;
  return async function* pace(chunks, callSignal) {
    const signals = [options.signal, callSignal].filter((one) => one !== undefined);
    const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
    for await (const chunk of untilCancelled(chunks, signal)) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.subarray(at, at + pieceBytes);
        const startAt = Math.max(now(), freeAt);
        freeAt = startAt + (piece.length / options.bytesPerSecond) * 1000;
        const waitMs = startAt - now();
        if (waitMs > 0) await wait(waitMs, signal);
        yield piece;
      }
    }
  };
}

/**
 * The same backend with a limit on the bytes per second that all its `put` and `get` calls move
 * together. Staged files are not sent, so the limit does not touch them.
 * @throws {E_CONFIG} if the limit is not a number above zero
 */
export function throttled(backend: StorageBackend, options: ThrottleOptions): StorageBackend {
  if (!(options.bytesPerSecond > 0) || !Number.isFinite(options.bytesPerSecond)) {
    throw new ColdstowError(
      "E_CONFIG",
      `a limit of ${options.bytesPerSecond} bytes per second would move nothing`,
      { hint: "Give a number above zero, or no limit." },
    );
  }
  const pace = pacer(options);
  return {
    capabilities: backend.capabilities,
    ...(backend.tariff === undefined ? {} : { tariff: backend.tariff }),
    ...(backend.cold === undefined ? {} : { cold: backend.cold }),
    ...(backend.staged === undefined ? {} : { staged: backend.staged }),
    put: async (key, source, putOptions) => {
      const paced: BodySource = {
        sizeBytes: source.sizeBytes,
        digests: source.digests,
        open: (offset) => pace(source.open(offset), putOptions?.signal),
      };
      return await backend.put(key, paced, putOptions);
    },
    get: (key, getOptions) => pace(backend.get(key, getOptions), getOptions?.signal),
    stat: (key) => backend.stat(key),
    list: (prefix) => backend.list(prefix),
    delete: (key) => backend.delete(key),
    close: () => backend.close(),
  };
}
