import { describeError, isColdstowError, type ErrorCode } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";

export interface GateOptions {
  /** There is no other: nothing can go on without it, so that its errors are the run's. */
  readonly isOnly: boolean;
  readonly tell: (message: string, code?: ErrorCode) => void;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

/** How long a destination that did not answer is left alone before one call tries it again. */
export const probeAfterMs: number = 5 * 60_000;

/** As often in a row one object or another may fail before the place itself is taken for broken. */
const maxStrikes = 3;

/** What says something of one object, and not yet of the place. */
const ofOneObject: ReadonlySet<ErrorCode> = new Set([
  "E_EXISTS",
  "E_FIXITY",
  "E_LENGTH",
  "E_NOT_FOUND",
  "E_BAD_KEY",
  "E_FROZEN",
  "E_THAWING",
  "E_IO",
  "E_INTERNAL",
]);

/**
 * Stands before a destination during a run. One that fails is set aside: told once, and asked for nothing
 * more, so that no pack waits for it again. After a failure that may pass, one call tries it again some
 * minutes later.
 */
export class DestinationGate {
  readonly #title: string;
  readonly #options: GateOptions;
  readonly #now: () => number;
  #aside: { readonly error: unknown; readonly until: number } | undefined;
  #probing = false;
  #strikes = 0;

  constructor({ title }: Pick<OpenDestination, "title">, options: GateOptions) {
    this.#title = title;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Nothing is asked of it now. */
  get isShut(): boolean {
    const aside = this.#aside;
    return aside !== undefined && (this.#probing || this.#now() < aside.until);
  }

  /**
   * Asks it for something.
   * @param isItsFault false for an error that another place caused, such as the source of a copy
   * @throws what the work threw; at once what it was set aside for, while it is
   */
  async use<T>(work: () => Promise<T>, isItsFault?: (error: unknown) => boolean): Promise<T> {
    const isProbe = this.#aside !== undefined;
    if (isProbe && this.isShut) throw this.#aside?.error;
    if (isProbe) this.#probing = true;
    try {
      const result = await work();
      // What was under way when it was set aside proves nothing.
      if (isProbe || this.#aside === undefined) this.#passed();
      return result;
    } catch (error) {
      if (isItsFault?.(error) !== false) this.blame(error);
      throw error;
    } finally {
      if (isProbe) this.#probing = false;
    }
  }

  /** Tells what failed, unless the place was set aside, which was told. */
  tellFailure(what: string, error: unknown, then: string): void {
    if (this.#aside !== undefined) return;
    const { code } = describeError(error);
    if (code === "E_CANCELLED") return;
    this.#options.tell(`${this.#title} ${what}: ${sentence(error)} ${then}`, codeOf(error));
  }

  #passed(): void {
    this.#strikes = 0;
    if (this.#aside === undefined) return;
    this.#aside = undefined;
    this.#options.tell(`${this.#title} answers again.`);
  }

  /** Holds an error against it that came to light elsewhere, as while a copy was made from it. */
  blame(error: unknown): void {
    const { code, retry } = describeError(error);
    if (this.#options.isOnly || code === "E_CANCELLED") return;
    if (ofOneObject.has(code)) {
      this.#strikes += 1;
      if (this.#strikes < maxStrikes) return;
    }
    const wasAside = this.#aside !== undefined;
    const mayPass = retry === "now" || code === "E_THROTTLED";
    const until = mayPass
      ? Math.max(this.#now() + probeAfterMs, retryAtOf(error))
      : Number.POSITIVE_INFINITY;
    this.#aside = { error, until };
    if (wasAside) return;
    const forHow = mayPass ? "for now" : "for the rest of this run";
    this.#options.tell(
      `${this.#title} is set aside ${forHow}: ${sentence(error)} What it lacks then, the next run stores there.`,
      codeOf(error),
    );
  }
}

function retryAtOf(error: unknown): number {
  if (!isColdstowError(error) || error.retryAt === undefined) return 0;
  const at = Date.parse(error.retryAt);
  return Number.isNaN(at) ? 0 : at;
}

function codeOf(error: unknown): ErrorCode | undefined {
  return isColdstowError(error) ? error.code : undefined;
}

function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/[.]?$/, ".");
}
