import { errorTable, type ErrorCode, type ErrorEntry } from "./error-table.ts";

const brand: symbol = Symbol.for("coldstow.error");

export interface ErrorDetails {
  /** What it was about: a path, an object key, a setting. */
  readonly subject?: string;
  /** What to do next, where it is more exact than the table's hint. */
  readonly hint?: string;
  /** When trying again makes sense: ISO 8601 UTC. */
  readonly retryAt?: string;
  readonly cause?: unknown;
}

/**
 * An error with a permanent code. Recognise one with {@link isColdstowError}, never with
 * `instanceof`: a plugin carries its own copy of this class.
 */
export class ColdstowError extends Error {
  override readonly name: string = "ColdstowError";
  readonly code: ErrorCode;
  readonly subject: string | undefined;
  readonly hint: string;
  readonly retryAt: string | undefined;

  /** @param message one sentence: what happened, why, and what state things are in */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    Object.defineProperty(this, brand, { value: true });
    this.code = code;
    this.subject = details.subject;
    this.hint = details.hint ?? errorTable[code].hint;
    this.retryAt = details.retryAt;
  }
}

/** True for an error with a code that this version knows, whichever copy of the class made it. */
export function isColdstowError(value: unknown): value is ColdstowError {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as Record<symbol, unknown>)[brand] === true &&
    Object.hasOwn(errorTable, String((value as { code?: unknown }).code))
  );
}

/** The table's line for an error; an error without a code counts as `E_INTERNAL`. */
export function describeError(error: unknown): ErrorEntry & { readonly code: ErrorCode } {
  const code = isColdstowError(error) ? error.code : "E_INTERNAL";
  const entry: ErrorEntry = errorTable[code];
  return { code, ...entry };
}
