import { sleep, throwIfCancelled } from "./cancellation.ts";
import { describeError } from "./coldstow-error.ts";

/** What was tried, why it failed, and when it is tried again. */
export interface RetryNotice {
  /** Such as `put packs/r000001/p000001.tar.age`. */
  readonly operation: string;
  /** The number of the attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
}

export interface RetryOptions {
  /** How often a call is tried in all; 5 if not given. */
  readonly attempts?: number;
  /** The longest first pause; it doubles with each attempt, up to 30 s. 500 if not given. */
  readonly baseDelayMs?: number;
  readonly signal?: AbortSignal;
  /** Yields 0 <= x < 1; for tests. */
  readonly random?: () => number;
  readonly onRetry?: (notice: RetryNotice) => void;
}

const maxDelayMs = 30_000;

/** Counts the failed attempts of one call and pauses between them. */
export interface RetryCounter {
  /** How many attempts have failed since the last success. */
  failures(): number;
  /** Pauses, or throws the error if it is not worth another attempt now. */
  failed(error: unknown): Promise<void>;
  /** Progress was made: the next failure counts as the first again. */
  progressed(): void;
}

/**
 * Full jitter: each pause is a random part of `baseDelayMs * 2^(attempt - 1)`, so that many writers
 * that failed together do not come back together.
 */
export function retryCounter(
  operation: string,
  options: RetryOptions,
  callSignal?: AbortSignal,
): RetryCounter {
  const { attempts = 5, baseDelayMs = 500, random = Math.random } = options;
  const signals = [options.signal, callSignal].filter((signal) => signal !== undefined);
  const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
  let failures = 0;
  return {
    failures: () => failures,
    async failed(error) {
      failures += 1;
      if (describeError(error).retry !== "now" || failures >= attempts) throw error;
      throwIfCancelled(signal);
      const delayMs = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1));
      options.onRetry?.({ operation, attempt: failures, delayMs, error });
      await sleep(delayMs, signal);
    },
    progressed() {
      failures = 0;
    },
  };
}

/** Runs the call until it succeeds or is not worth another attempt. */
export async function retrying<T>(counter: RetryCounter, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await counter.failed(error);
    }
  }
}
