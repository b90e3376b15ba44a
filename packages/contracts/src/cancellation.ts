import { ColdstowError } from "./coldstow-error.ts";

function cancelled(signal: AbortSignal): ColdstowError {
  return new ColdstowError("E_CANCELLED", "the work was interrupted", { cause: signal.reason });
}

/** @throws {E_CANCELLED} if the signal has fired */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled(signal);
}

/**
 * The promise's outcome, or `E_CANCELLED` as soon as the signal fires. The work behind the promise
 * is not stopped by this; a late failure of it is swallowed.
 * @throws {E_CANCELLED}
 */
export async function orCancelled<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(cancelled(signal));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // The loser of the race may still fail; nobody is left to be told.
    work.catch(() => undefined);
  }
}

/**
 * Waits.
 * @throws {E_CANCELLED} as soon as the signal fires
 */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  throwIfCancelled(signal);
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  try {
    await orCancelled(promise, signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The same chunks; it ends with `E_CANCELLED` as soon as the signal fires, even while the source is
 * silent, and lets the source clean up.
 * @throws {E_CANCELLED}
 */
export async function* untilCancelled<T>(
  chunks: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  throwIfCancelled(signal);
  const iterator = chunks[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const step = await orCancelled(iterator.next(), signal).catch((error: unknown) => {
        ended = signal?.aborted !== true;
        throw error;
      });
      if (step.done === true) {
        ended = true;
        return;
      }
      yield step.value;
      throwIfCancelled(signal);
    }
  } finally {
    if (!ended) {
      const closing = Promise.resolve(iterator.return?.()).catch(() => undefined);
      // A silent source answers return() only after its pending read, perhaps never.
      if (signal?.aborted !== true) await closing;
    }
  }
}
