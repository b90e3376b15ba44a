import { ColdstowError, isColdstowError, type ErrorCode } from "@coldstow/contracts";

/** What an answer's head says. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const secondMs = 1000;

/** An instant so many seconds from now: ISO 8601 UTC. */
export function after(seconds: number, nowMs: number = Date.now()): string {
  return new Date(nowMs + seconds * secondMs).toISOString();
}

/** The instant that `Retry-After` names, in seconds or as a date; undefined where it does not. */
export function retryAtOf({ headers }: AnswerHead): string | undefined {
  const value = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return after(Number(value));
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : new Date(date).toISOString();
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: "E_AUTH",
  403: "E_PERMISSION",
  404: "E_NOT_FOUND",
  408: "E_TIMEOUT",
  409: "E_TEMPORARY",
  413: "E_NO_SPACE",
  422: "E_FIXITY",
  429: "E_THROTTLED",
  498: "E_THROTTLED",
  499: "E_TEMPORARY",
  507: "E_NO_SPACE",
};

const meaning: Partial<Record<ErrorCode, string>> = {
  E_AUTH: "the credentials were refused",
  E_PERMISSION: "this user may not do it",
  E_NOT_FOUND: "it is not there",
  E_NO_SPACE: "the quota or the store is full",
  E_FIXITY: "other bytes arrived than were sent; nothing was stored",
  E_THROTTLED: "too many requests",
};

/**
 * Gives an answer that is not a success its place in the error table. The answer's body is left
 * out: it may repeat what was sent.
 */
export function statusError(answer: AnswerHead, doing: string, subject: string): ColdstowError {
  const { status } = answer;
  const code = codeOfStatus[status] ?? (status >= 500 ? "E_TEMPORARY" : "E_IO");
  const why = meaning[code] ?? "the store did not do it";
  const retryAt = retryAtOf(answer) ?? (code === "E_THROTTLED" ? after(60) : undefined);
  return new ColdstowError(code, `${doing} failed: ${why} (HTTP ${status})`, {
    subject,
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}

const codeOfUndici: Readonly<Record<string, ErrorCode>> = {
  UND_ERR_CONNECT_TIMEOUT: "E_TIMEOUT",
  UND_ERR_HEADERS_TIMEOUT: "E_TIMEOUT",
  UND_ERR_BODY_TIMEOUT: "E_TIMEOUT",
  UND_ERR_SOCKET: "E_TEMPORARY",
  UND_ERR_INFO: "E_TEMPORARY",
  UND_ERR_HEADERS_OVERFLOW: "E_TEMPORARY",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "E_TEMPORARY",
  UND_ERR_DESTROYED: "E_CANCELLED",
  UND_ERR_CLOSED: "E_CANCELLED",
};

const codeOfErrno: Readonly<Record<string, ErrorCode>> = {
  ECONNRESET: "E_TEMPORARY",
  ECONNREFUSED: "E_TEMPORARY",
  ECONNABORTED: "E_TEMPORARY",
  EPIPE: "E_TEMPORARY",
  EAI_AGAIN: "E_TEMPORARY",
  ENOTFOUND: "E_TEMPORARY",
  ENETUNREACH: "E_TEMPORARY",
  EHOSTUNREACH: "E_TEMPORARY",
  ENETDOWN: "E_TEMPORARY",
  ETIMEDOUT: "E_TIMEOUT",
};

function transportCode(error: unknown): ErrorCode {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  const name = typeof code === "string" ? code : "";
  const known = codeOfErrno[name] ?? codeOfUndici[name];
  if (known !== undefined) return known;
  if (name.startsWith("HPE_")) return "E_TEMPORARY";
  // Several addresses were tried; each has failed in a way of its own.
  if (error instanceof AggregateError) return transportCode(error.errors[0]);
  return "E_IO";
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/**
 * Gives an error of the connection its place in the error table; an error that has one keeps it.
 * @param signal the caller's; where it has fired, the error is that interruption
 */
export function transportError(
  error: unknown,
  doing: string,
  subject: string,
  signal?: AbortSignal,
): ColdstowError {
  if (isColdstowError(error)) return error;
  if (signal?.aborted === true) {
    return new ColdstowError("E_CANCELLED", `${doing} was interrupted`, { subject, cause: error });
  }
  return new ColdstowError(transportCode(error), `${doing} failed: ${reasonOf(error)}`, {
    subject,
    cause: error,
  });
}

/** Something that the store sent is not what its interface promises. */
export function notUnderstood(what: string, subject: string, cause?: unknown): ColdstowError {
  return new ColdstowError("E_IO", `${what} was not understood`, {
    subject,
    hint: "Check that auth_url and storage_url name a Swift, and that no web proxy stands between.",
    ...(cause === undefined ? {} : { cause }),
  });
}
