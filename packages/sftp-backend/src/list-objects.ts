import { posix } from "node:path";

import { isObjectKey, type ObjectInfo } from "@coldstow/contracts";
import type { FileEntryWithStats } from "ssh2";

import type { Connection } from "./connection.ts";
import { isAbsence, notAFile, sftpError, sftpStatus, statusOf } from "./errors.ts";
import { objectInfo } from "./object-info.ts";
import { closeQuietly } from "./read-object.ts";
import type { RemoteFolder } from "./remote-folder.ts";

type Page = readonly FileEntryWithStats[];

/** A folder's entries in the pages that the server makes of them; a folder that vanished has none. */
async function* pagesOf(
  connection: Connection,
  path: string,
): AsyncGenerator<Page, void, undefined> {
  let handle: Buffer;
  try {
    handle = await connection.request<Buffer>((sftp, done) => sftp.opendir(path, done));
  } catch (error) {
    if (isAbsence(error)) return;
    throw sftpError(error, "listing the destination", path);
  }
  try {
    for (;;) {
      const page = await connection.request<Page>((sftp, done) => sftp.readdir(handle, done));
      // No server has a reason to send nothing, and one that never ends would be asked for ever.
      if (page.length === 0) return;
      yield page;
    }
  } catch (error) {
    if (statusOf(error) !== sftpStatus.eof) throw sftpError(error, "listing the destination", path);
  } finally {
    void closeQuietly(connection, handle);
  }
}

/** Every entry beneath the destination's folder with the path that it has there; folders with keys for names are entered. */
export async function* walk(
  connection: Connection,
  folder: RemoteFolder,
  enters: (key: string) => boolean,
): AsyncGenerator<{ readonly name: string; readonly entry: FileEntryWithStats }, void, undefined> {
  if (!(await folder.exists(connection))) return;
  const waiting = [""];
  for (let above = waiting.pop(); above !== undefined; above = waiting.pop()) {
    for await (const page of pagesOf(connection, posix.join(folder.path, above))) {
      for (const entry of page) {
        if (entry.filename === "." || entry.filename === "..") continue;
        const name = above + entry.filename;
        if (entry.attrs.isDirectory() && isObjectKey(name) && enters(name))
          waiting.push(`${name}/`);
        yield { name, entry };
      }
    }
  }
}

/**
 * Every object whose key starts with the prefix. Files whose names are no object keys are left out.
 * Memory grows with the number of folders that wait, and with one page of entries.
 * @throws {E_FORMAT} if something that is neither file nor folder carries a key that matters here
 */
export async function* listObjects(
  connection: Connection,
  folder: RemoteFolder,
  prefix: string,
): AsyncGenerator<ObjectInfo, void, undefined> {
  const leadsOn = (key: string): boolean =>
    `${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`);
  for await (const { name, entry } of walk(connection, folder, leadsOn)) {
    if (!isObjectKey(name)) continue;
    const { attrs } = entry;
    if (attrs.isFile()) {
      if (name.startsWith(prefix)) yield objectInfo(name, attrs);
    } else if (!attrs.isDirectory() && (name.startsWith(prefix) || leadsOn(name))) {
      throw notAFile(folder.pathOf(name));
    }
  }
}
