import { posix } from "node:path";

import type { Stats } from "ssh2";

import type { Connection } from "./connection.ts";
import { inTheWay, isAbsence, isBroken, sftpError, sftpStatus, statusOf } from "./errors.ts";

async function isThere(connection: Connection, path: string): Promise<boolean> {
  try {
    await connection.request<Stats>((sftp, done) => sftp.lstat(path, done));
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

async function placeNew(connection: Connection, partial: string, path: string): Promise<void> {
  if (connection.offers("hardlink@openssh.com")) {
    try {
      // A link fails where the name is taken, whoever else is writing.
      await connection.request((sftp, done) => sftp.ext_openssh_hardlink(partial, path, done));
      await connection.request((sftp, done) => sftp.unlink(partial, done)).catch(() => undefined);
      return;
    } catch (error) {
      if (isBroken(error)) throw error;
      if (await isThere(connection, path)) throw inTheWay(path);
      // The server's file system has no hard links.
    }
  }
  if (await isThere(connection, path)) throw inTheWay(path);
  try {
    await connection.request((sftp, done) => sftp.rename(partial, path, done));
  } catch (error) {
    if (!isBroken(error) && (await isThere(connection, path))) throw inTheWay(path);
    throw error;
  }
}

async function replace(connection: Connection, partial: string, path: string): Promise<void> {
  if (connection.offers("posix-rename@openssh.com")) {
    await connection.request((sftp, done) => sftp.ext_openssh_rename(partial, path, done));
    return;
  }
  try {
    await connection.request((sftp, done) => sftp.rename(partial, path, done));
  } catch (error) {
    // Version 3 has no rename that replaces: the old object makes room for the new, complete one.
    if (isBroken(error) || statusOf(error) === sftpStatus.permissionDenied) throw error;
    if (!(await isThere(connection, path))) throw error;
    await connection.request((sftp, done) => sftp.unlink(path, done));
    await connection.request((sftp, done) => sftp.rename(partial, path, done));
  }
}

/**
 * Makes a finished partial file the object.
 * @throws {E_EXISTS} with `ifAbsent` where the name is taken; the partial file stays where it is
 */
export async function placeObject(
  connection: Connection,
  partial: string,
  path: string,
  ifAbsent: boolean,
): Promise<void> {
  try {
    if (ifAbsent) await placeNew(connection, partial, path);
    else await replace(connection, partial, path);
  } catch (error) {
    throw sftpError(error, "publishing the object", posix.normalize(path));
  }
}
