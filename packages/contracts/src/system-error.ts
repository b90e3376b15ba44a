import { ColdstowError, isColdstowError } from "./coldstow-error.ts";
import type { ErrorCode } from "./error-table.ts";

const codeOfErrno: Readonly<Record<string, ErrorCode>> = {
  ENOENT: "E_NOT_FOUND",
  ENOTDIR: "E_NOT_FOUND",
  EACCES: "E_PERMISSION",
  EPERM: "E_PERMISSION",
  EROFS: "E_READ_ONLY",
  ENOSPC: "E_NO_SPACE",
  EDQUOT: "E_NO_SPACE",
  EFBIG: "E_NO_SPACE",
  EEXIST: "E_EXISTS",
  EMFILE: "E_TEMPORARY",
  ENFILE: "E_TEMPORARY",
  EAGAIN: "E_TEMPORARY",
  EBUSY: "E_TEMPORARY",
  ETIMEDOUT: "E_TIMEOUT",
  ECONNRESET: "E_TEMPORARY",
  ECONNREFUSED: "E_TEMPORARY",
  EPIPE: "E_TEMPORARY",
};

/** The `errno` name of a system call's error, such as `ENOSPC`; undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/**
 * Gives an error of the operating system its place in the error table; an error that has one keeps it.
 * @param doing what was being done, as in "writing the pack"; it becomes part of the message
 */
export function fromSystemError(error: unknown, doing: string, subject?: string): ColdstowError {
  if (isColdstowError(error)) return error;
  const errno = errnoOf(error);
  const code = errno === undefined ? "E_INTERNAL" : (codeOfErrno[errno] ?? "E_IO");
  const reason = error instanceof Error ? error.message : String(error);
  return new ColdstowError(code, `${doing} failed: ${reason}`, {
    ...(subject === undefined ? {} : { subject }),
    cause: error,
  });
}
