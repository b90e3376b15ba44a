import {
  ColdstowError,
  orCancelled,
  throwIfCancelled,
  type GetOptions,
  type ObjectKey,
} from "@coldstow/contracts";
import type { Stats } from "ssh2";

import type { Connection } from "./connection.ts";
import type { SftpDialect } from "./dialect.ts";
import { isAbsence, sftpError, sftpStatus, statusOf } from "./errors.ts";
import type { RemoteFolder } from "./remote-folder.ts";

export function absent(key: ObjectKey, path: string): ColdstowError {
  return new ColdstowError("E_NOT_FOUND", `there is no object ${key}`, { subject: path });
}

/** One block of a file; a server may answer a request with fewer bytes than were asked for. */
async function readBlock(
  connection: Connection,
  handle: Buffer,
  start: number,
  length: number,
): Promise<Uint8Array> {
  const block = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const at = filled;
    const bytes = await connection
      .request<number>((sftp, done) =>
        sftp.read(handle, block, at, length - at, start + at, (error, bytesRead) =>
          done(error, bytesRead),
        ),
      )
      .catch((error: unknown) => {
        if (statusOf(error) === sftpStatus.eof) return 0;
        throw error;
      });
    if (bytes === 0) break;
    filled += bytes;
  }
  return block.subarray(0, filled);
}

/**
 * The bytes of an open file from `start` to `end`, in order, with several requests under way.
 * Memory: `requestsInFlight` blocks.
 * @throws {E_FIXITY} if the file ends before `end`
 */
export async function* readAhead(
  connection: Connection,
  dialect: SftpDialect,
  handle: Buffer,
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { requestBytes } = connection;
  const underWay: { length: number; block: Promise<Uint8Array> }[] = [];
  let asked = start;
  for (let at = start; at < end;) {
    throwIfCancelled(signal);
    while (asked < end && underWay.length < dialect.requestsInFlight) {
      const length = Math.min(requestBytes, end - asked);
      const block = readBlock(connection, handle, asked, length);
      // A reader that leaves early waits for none of them.
      block.catch(() => undefined);
      underWay.push({ length, block });
      asked += length;
    }
    const next = underWay.shift();
    if (next === undefined) return;
    const bytes = await orCancelled(next.block, signal);
    if (bytes.length < next.length) {
      throw new ColdstowError(
        "E_FIXITY",
        `${path} ended after ${at + bytes.length} of ${end} bytes: it was cut while it was read`,
        { subject: path },
      );
    }
    at += bytes.length;
    yield bytes;
  }
}

export async function closeQuietly(connection: Connection, handle: Buffer): Promise<void> {
  await connection.request((sftp, done) => sftp.close(handle, done)).catch(() => undefined);
}

/**
 * The object's bytes or those in the range. An object that is replaced meanwhile is read to its end
 * as it was, where the server keeps open files so.
 * @throws {E_NOT_FOUND | E_FORMAT | E_CANCELLED | E_USAGE | E_FIXITY}
 */
export async function* readObject(
  connection: Connection,
  dialect: SftpDialect,
  folder: RemoteFolder,
  key: ObjectKey,
  { range, signal }: GetOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const path = folder.pathOf(key);
  const found = await orCancelled(folder.find(connection, key), signal);
  if (found.kind !== "file") throw absent(key, path);
  let handle: Buffer | undefined;
  try {
    handle = await connection.request<Buffer>((sftp, done) => sftp.open(path, "r", done));
    const opened = handle;
    const { size } = await orCancelled(
      connection.request<Stats>((sftp, done) => sftp.fstat(opened, done)),
      signal,
    );
    const end = Math.min(range?.end ?? size, size);
    const wanted = { start: range?.start ?? 0, end };
    yield* readAhead(connection, dialect, handle, path, wanted, signal);
  } catch (error) {
    if (handle === undefined && isAbsence(error)) throw absent(key, path);
    throw sftpError(error, "reading the object", path);
  } finally {
    // Answers come in order, so this is not waited for: the connection may be the reader's next.
    if (handle !== undefined) void closeQuietly(connection, handle);
  }
}
