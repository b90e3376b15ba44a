import { isObjectKey, type ObjectInfo } from "@coldstow/contracts";
import type { FileStat } from "webdav";

import { statusOf } from "./errors.ts";
import { objectInfo } from "./object-info.ts";
import type { WebdavServer } from "./server.ts";

/**
 * The objects below a prefix, folder after folder: few servers allow `Depth: infinity`. Memory: one
 * folder's list, and the names of the folders on the way.
 */
export async function* listObjects(
  server: WebdavServer,
  prefix: string,
): AsyncGenerator<ObjectInfo, void, undefined> {
  const start = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  if (start !== "" && !isObjectKey(`${start}x`)) return;
  yield* below(server, start, prefix);
}

async function* below(
  server: WebdavServer,
  folder: string,
  prefix: string,
): AsyncGenerator<ObjectInfo, void, undefined> {
  for (const found of await members(server, `${server.config.folder}/${folder}`)) {
    const name = `${folder}${found.basename}`;
    if (found.type === "directory") {
      const inside = `${name}/`;
      const leadsThere = inside.startsWith(prefix) || prefix.startsWith(inside);
      if (leadsThere && isObjectKey(`${inside}x`)) yield* below(server, inside, prefix);
    } else if (name.startsWith(prefix) && isObjectKey(name)) {
      yield objectInfo(name, found);
    }
  }
}

/** What is in a folder; nothing where there is no such folder. */
async function members({ client, ask }: WebdavServer, folder: string): Promise<FileStat[]> {
  const path = folder.replace(/\/$/, "") || "/";
  return await ask(`listing ${path}`, async (signal) => {
    try {
      const found = await client.getDirectoryContents(path, { details: false, signal });
      // Of a file the server tells about the file itself.
      return found.filter(({ filename }) => filename !== path);
    } catch (error) {
      if (statusOf(error) === 404) return [];
      throw error;
    }
  });
}
