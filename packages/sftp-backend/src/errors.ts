import {
  ColdstowError,
  fromSystemError,
  isColdstowError,
  type ErrorCode,
} from "@coldstow/contracts";

/** Answers of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7). */
export const sftpStatus = {
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

/** The number of the server's answer; undefined where it gave none. */
export function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}

export function isAbsence(error: unknown): boolean {
  return statusOf(error) === sftpStatus.noSuchFile;
}

const codeOfStatus: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [sftpStatus.permissionDenied, "E_PERMISSION"],
  [sftpStatus.unsupported, "E_UNSUPPORTED"],
  [sftpStatus.noConnection, "E_TEMPORARY"],
  [sftpStatus.connectionLost, "E_TEMPORARY"],
]);

function codeOf(status: number | undefined, reason: string): ErrorCode {
  if (/no space|quota|disk full/i.test(reason)) return "E_NO_SPACE";
  if (/read-only/i.test(reason)) return "E_READ_ONLY";
  return (status === undefined ? undefined : codeOfStatus.get(status)) ?? "E_IO";
}

/**
 * Gives a server's answer its place in the error table. That something is not there is never said
 * here: whoever looks for an object knows what its absence means, and else it is a fault (`E_IO`).
 */
export function sftpError(error: unknown, doing: string, subject?: string): ColdstowError {
  if (isColdstowError(error)) return error;
  const status = statusOf(error);
  if (status === undefined) return fromSystemError(error, doing, subject);
  const reason = error instanceof Error ? error.message : String(error);
  return new ColdstowError(codeOf(status, reason), `${doing} failed: the server said "${reason}"`, {
    ...(subject === undefined ? {} : { subject }),
    hint: "Look at the server's disk and at the rights of its folders, then run the command again.",
    cause: error,
  });
}

/** Something stands where the object or its folder would. */
export function inTheWay(path: string): ColdstowError {
  return new ColdstowError("E_EXISTS", `${path} is in the way; it was left as it is`, {
    subject: path,
    hint: "Move it away, or choose another folder as destination.",
  });
}

/** Something that is neither a file nor a folder carries an object's name. */
export function notAFile(path: string): ColdstowError {
  return new ColdstowError(
    "E_FORMAT",
    `${path} is neither a file nor a folder but a link or a device, which a destination never holds; it was not followed`,
    { subject: path, hint: "Put the file or folder itself there, or move the name away." },
  );
}

/** True where the connection broke, so that the same call may succeed over a new one. */
export function isBroken(error: unknown): boolean {
  return isColdstowError(error) && (error.code === "E_TEMPORARY" || error.code === "E_TIMEOUT");
}
