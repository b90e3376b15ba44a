import { sleep, throwIfCancelled } from "./cancellation.ts";
import { describeError, isColdstowError } from "./coldstow-error.ts";

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
  /** How often a call is tried in all; 8 if not given: three quarters of a minute at least, with the usual pauses. */
  readonly attempts?: number;
  /** The longest first pause; it doubles with each attempt, up to 30 s. 1000 if not given. */
  readonly baseDelayMs?: number;
  /** No attempt begins later than this after the first failure; 3 minutes if not given. */
  readonly patienceMs?: number;
  /** A place that names a time up to this far away is waited for; 3 minutes if not given. */
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal;
  /** Yields 0 <= x < 1; for tests. */
  readonly random?: () => number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly onRetry?: (notice: RetryNotice) => void;
}

const maxDelayMs = 30_000;
const defaultMaxWaitMs = 3 * 60_000;
const defaultPatienceMs = 3 * 60_000;

/**
 * What the calls to one place know of each other. Once all attempts of one were in vain, the next ones
 * are tried a single time, until one succeeds: a place that is gone costs its whole patience once.
 */
export class Patience {
  isSpent = false;
}

/** Counts the failed attempts of one call and pauses between them. */
export interface RetryCounter {
  /** How many attempts have failed since the last success or progress. */
  failures(): number;
  /** Pauses, or throws the error if it is not worth another attempt now. */
  failed(error: unknown): Promise<void>;
  /** Progress was made: the next failure counts as the first again. */
  progressed(): void;
}

/**
 * Pauses that double, half of each left to chance, so that many writers that failed together do not
 * come back together, and a server that is down for half a minute is outlasted. Where the error names a
 * time (`retryAt`), the pause lasts at least until then.
 *
 * Worth another attempt is what the error table marks `retry: "now"`, and `E_THROTTLED`.
 */
export function retryCounter(
  operation: string,
  options: RetryOptions,
  callSignal?: AbortSignal,
  patience: Patience = new Patience(),
): RetryCounter {
  const { attempts = 8, baseDelayMs = 1_000, random = Math.random, now = Date.now } = options;
  const { maxWaitMs = defaultMaxWaitMs, sleep: pause = sleep } = options;
  const { patienceMs = defaultPatienceMs } = options;
  const signals = [options.signal, callSignal].filter((signal) => signal !== undefined);
  const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
  let failures = 0;
  let firstAt = 0;
  return {
    failures: () => failures,
    async failed(error) {
      failures += 1;
      if (failures === 1) firstAt = now();
      const namedMs = waitNamed(error, now());
      if (!isWorthRetrying(error) || namedMs > maxWaitMs) throw error;
      throwIfCancelled(signal);
      if (patience.isSpent || failures >= attempts || now() - firstAt > patienceMs) {
        patience.isSpent = true;
        throw error;
      }
      const longest = Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1));
      const delayMs = Math.max(0, namedMs) + longest / 2 + (random() * longest) / 2;
      options.onRetry?.({ operation, attempt: failures, delayMs, error });
      await pause(delayMs, signal);
    },
    progressed() {
      failures = 0;
      patience.isSpent = false;
    },
  };
}

function isWorthRetrying(error: unknown): boolean {
  const { code, retry } = describeError(error);
  return retry === "now" || code === "E_THROTTLED";
}

/** Milliseconds until the time that the error names; 0 where it names none. */
function waitNamed(error: unknown, now: number): number {
  if (!isColdstowError(error) || error.retryAt === undefined) return 0;
  const at = Date.parse(error.retryAt);
  return Number.isNaN(at) ? 0 : at - now;
}

/** Runs the call until it succeeds or is not worth another attempt. */
export async function retrying<T>(counter: RetryCounter, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const result = await call();
      counter.progressed();
      return result;
    } catch (error) {
      await counter.failed(error);
    }
  }
}
