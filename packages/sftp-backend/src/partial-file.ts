import { randomBytes } from "node:crypto";
import { posix } from "node:path";

import { isObjectKey } from "@coldstow/contracts";

import type { Connection } from "./connection.ts";
import { walk } from "./list-objects.ts";
import type { RemoteFolder } from "./remote-folder.ts";

const daySeconds = 24 * 60 * 60;
const partialName = /^(.+)\.[0-9a-f]{16}\.partial$/;

/** A new name beside the object's, which can be no key: docs/formats/destination.md, section 3. */
export function newPartialPath(objectPath: string): string {
  return `${objectPath}.${randomBytes(8).toString("hex")}.partial`;
}

/**
 * Removes what writers that are gone have left behind: partial files that nobody has written to for
 * a day. Its time grows with the number of objects, its memory does not. What cannot be read or
 * removed stays, for the next time. Where the clocks differ, a day is by the server's files and this
 * machine's clock.
 */
export async function sweepStalePartials(
  connection: Connection,
  folder: RemoteFolder,
  nowSeconds: number,
): Promise<void> {
  try {
    for await (const { name, entry } of walk(connection, folder, () => true)) {
      const object = partialName.exec(name)?.[1];
      if (object === undefined || !isObjectKey(object) || !entry.attrs.isFile()) continue;
      if (nowSeconds - entry.attrs.mtime <= daySeconds) continue;
      const path = posix.join(folder.path, name);
      await connection.request((sftp, done) => sftp.unlink(path, done)).catch(() => undefined);
    }
  } catch {
    // A folder that cannot be read hides nothing that a writer needs.
  }
}
