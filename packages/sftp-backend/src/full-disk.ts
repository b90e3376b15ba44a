import { ColdstowError } from "@coldstow/contracts";

import type { Connection } from "./connection.ts";
import { sftpError, sftpStatus, statusOf } from "./errors.ts";

/** What statvfs@openssh.com tells (OpenSSH's PROTOCOL, section 4.4); flag 1 is ST_RDONLY. */
interface FileSystem {
  readonly f_frsize: number;
  readonly f_bavail: number;
  readonly f_files: number;
  readonly f_favail: number;
  readonly f_flag: number;
}

const readOnlyFlag = 1;

/**
 * OpenSSH says "Failure" of a full and of a read-only disk alike, so the file system is asked which
 * it is. Call it before anything is removed that would make room.
 * @param neededBytes a write of so many bytes was refused; 0 where none was made
 */
export async function explainFailure(
  connection: Connection,
  folder: string,
  error: unknown,
  doing: string,
  path: string,
  neededBytes: number,
): Promise<ColdstowError> {
  const plain = sftpError(error, doing, path);
  if (statusOf(error) !== sftpStatus.failure || !connection.offers("statvfs@openssh.com")) {
    return plain;
  }
  const found = await connection
    .request<FileSystem>((sftp, done) => sftp.ext_openssh_statvfs(folder, done))
    .catch(() => undefined);
  if (found === undefined) return plain;
  const told = (code: "E_NO_SPACE" | "E_READ_ONLY", what: string): ColdstowError =>
    new ColdstowError(code, `${doing} failed: ${what}`, { subject: path, cause: error });
  if (found.f_flag % 2 === readOnlyFlag) {
    return told("E_READ_ONLY", "the server's file system is mounted read-only");
  }
  if (found.f_bavail * found.f_frsize < Math.max(neededBytes, 1)) {
    return told("E_NO_SPACE", "the server's disk is full");
  }
  if (found.f_files > 0 && found.f_favail === 0) {
    return told("E_NO_SPACE", "the server's file system has no room for another file");
  }
  return plain;
}
