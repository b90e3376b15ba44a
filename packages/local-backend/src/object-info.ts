import type { Stats } from "node:fs";

import type { ObjectInfo, ObjectKey } from "@coldstow/contracts";

/** What a file's inode tells of the object. A file system keeps no digest. */
export function objectInfo(key: ObjectKey, stats: Stats): ObjectInfo {
  return { key, sizeBytes: stats.size, modifiedAt: stats.mtime.toISOString() };
}
