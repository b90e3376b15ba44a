import { ColdstowError, errnoOf, isColdstowError, type ErrorCode } from "@coldstow/contracts";

/** What an HTTP status says, where it is clear; see RFC 4918, section 11, and RFC 9110, section 15. */
const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: "E_AUTH",
  403: "E_PERMISSION",
  404: "E_NOT_FOUND",
  408: "E_TIMEOUT",
  // The folder of an upload has vanished: trying again makes it anew.
  409: "E_TEMPORARY",
  412: "E_EXISTS",
  413: "E_UNSUPPORTED",
  // Another client holds the name for a moment.
  423: "E_TEMPORARY",
  429: "E_THROTTLED",
  501: "E_UNSUPPORTED",
  504: "E_TIMEOUT",
  507: "E_NO_SPACE",
};

const certificateErrors = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/** The HTTP status of an answer that the library turned into an error. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null | undefined)?.status;
  return typeof status === "number" ? status : undefined;
}

function codeOf(error: unknown): ErrorCode {
  const status = statusOf(error);
  if (status !== undefined) return codeOfStatus[status] ?? (status >= 500 ? "E_TEMPORARY" : "E_IO");
  const code = (error as { code?: unknown } | null | undefined)?.code;
  if (typeof code === "string" && certificateErrors.test(code)) return "E_CONFIG";
  if (errnoOf(error) === "ETIMEDOUT") return "E_TIMEOUT";
  // Whatever else happens to a connection may be over in a moment.
  return "E_TEMPORARY";
}

/**
 * Gives an error of the library or of the network its place in the error table.
 * @param doing what was being done, as in "storing packs/a"
 */
export function webdavError(error: unknown, doing: string, signal?: AbortSignal): ColdstowError {
  if (isColdstowError(error)) return error;
  if (signal?.aborted === true) {
    return isColdstowError(signal.reason)
      ? signal.reason
      : new ColdstowError("E_CANCELLED", `${doing} was interrupted`, { cause: signal.reason });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  return new ColdstowError(code, `${doing} failed: ${reason}`, {
    subject: doing,
    ...(code === "E_CONFIG" ? { hint: "The server's certificate is not trusted here." } : {}),
    cause: error,
  });
}
