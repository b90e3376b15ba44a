import { ColdstowError } from "@coldstow/contracts";

/**
 * Ends a request that makes no progress, that is cancelled, or whose body fails. The first reason
 * counts, whatever the request ends with afterwards.
 */
export class ProgressGuard {
  readonly #timeoutMs: number;
  readonly #doing: string;
  readonly #controller: AbortController = new AbortController();
  readonly #failed: PromiseWithResolvers<never> = Promise.withResolvers<never>();
  readonly #cancel: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param timeoutMs how long a request may go without progress */
  constructor(doing: string, timeoutMs: number, cancel: AbortSignal | undefined) {
    this.#doing = doing;
    this.#timeoutMs = timeoutMs;
    this.#cancel = cancel;
    this.#failed.promise.catch(() => undefined);
    cancel?.addEventListener("abort", this.#onCancel, { once: true });
    if (cancel?.aborted === true) this.#onCancel();
    this.advance();
  }

  /** Hand it to the request. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the request was ended; undefined where it ended by itself. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** There was progress: the time starts anew. */
  advance(): void {
    this.wait();
    if (this.#failure !== undefined) return;
    this.#timer = setTimeout(() => this.#stalled(), this.#timeoutMs);
  }

  /** The other side is not to blame for what takes time now: no time runs until the next {@link advance}. */
  wait(): void {
    clearTimeout(this.#timer);
  }

  /** From now on it is done or it is not: cancelling has no effect any more. */
  commit(): void {
    this.#cancel?.removeEventListener("abort", this.#onCancel);
  }

  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.wait();
    this.#failed.reject(error);
    this.#controller.abort();
  }

  /** Nothing of the request is wanted any more: its line is given up, which is no failure. */
  abandon(): void {
    this.#controller.abort();
  }

  /** The outcome of the work, or the reason to end it as soon as there is one. */
  async outcome<T>(work: Promise<T>): Promise<T> {
    try {
      return await Promise.race([this.#failed.promise, work]);
    } finally {
      // The loser of the race may still fail; nobody is left to be told.
      work.catch(() => undefined);
    }
  }

  end(): void {
    this.wait();
    this.commit();
  }

  readonly #onCancel = (): void => {
    const cause: unknown = this.#cancel?.reason;
    this.fail(new ColdstowError("E_CANCELLED", "the work was interrupted", { cause }));
  };

  #stalled(): void {
    const seconds = Math.round(this.#timeoutMs / 1000);
    this.fail(
      new ColdstowError("E_TIMEOUT", `${this.#doing}: nothing moved for ${seconds} seconds`),
    );
  }
}
