import {
  ColdstowError,
  objectKey,
  type Capabilities,
  type ObjectInfo,
  type StorageBackend,
} from "@coldstow/contracts";

import type { WebdavConfig } from "./config.ts";
import { statusOf } from "./errors.ts";
import { Folders } from "./folders.ts";
import { listObjects } from "./list-objects.ts";
import { objectInfo } from "./object-info.ts";
import { putObject } from "./put-object.ts";
import { readObject } from "./read-object.ts";
import { fileAt, webdavServer } from "./server.ts";

const capabilities: Capabilities = {
  // A server deletes the old object before it moves the new one there (RFC 4918, section 9.9.3), so
  // that for a moment there is none.
  atomicPut: false,
  // Nothing says that a server checks `Overwrite: F` and moves in one step.
  conditionalPut: false,
  rangeRead: true,
  resumeUpload: false,
  serverDigest: undefined,
  maxObjectBytes: Number.MAX_SAFE_INTEGER - 1,
  maxConcurrent: 8,
  freeRead: true,
};

/** A folder of a WebDAV server as a destination: the object of key `a/b` is the file `a/b` in it. */
export function webdavBackend(config: WebdavConfig): StorageBackend {
  const server = webdavServer(config);
  const folders = new Folders(server);
  const pathOf = (key: string): string => `${config.folder}/${objectKey(key)}`;
  return {
    capabilities,

    async put(key, source, options = {}): Promise<ObjectInfo> {
      const checked = objectKey(key);
      if (source.sizeBytes > capabilities.maxObjectBytes) {
        throw new ColdstowError("E_UNSUPPORTED", `${checked} is longer than any file can be`);
      }
      return await putObject(server, folders, checked, source, options);
    },

    async *get(key, options = {}): AsyncGenerator<Uint8Array, void, undefined> {
      yield* readObject(server, objectKey(key), options);
    },

    async stat(key): Promise<ObjectInfo | undefined> {
      const found = await fileAt(server, pathOf(key));
      return found === undefined ? undefined : objectInfo(key, found);
    },

    list: (prefix) => listObjects(server, prefix),

    async delete(key): Promise<void> {
      const path = pathOf(key);
      // To delete a folder would delete everything in it (RFC 4918, section 9.6.1).
      if ((await fileAt(server, path)) === undefined) return;
      await server.ask(`deleting ${key}`, async (signal) => {
        try {
          await server.client.deleteFile(path, { signal });
        } catch (error) {
          if (statusOf(error) !== 404) throw error;
        }
      });
    },

    async close(): Promise<void> {
      // Every request has a connection of its own.
    },
  };
}
