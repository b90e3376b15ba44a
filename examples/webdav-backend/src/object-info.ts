import type { ObjectInfo, ObjectKey } from "@coldstow/contracts";
import type { FileStat } from "webdav";

/** What the server tells of a file, as the contract has it. */
export function objectInfo(key: ObjectKey, { size, lastmod }: FileStat): ObjectInfo {
  const modified = new Date(lastmod);
  const isKnown = !Number.isNaN(modified.getTime());
  return { key, sizeBytes: size, ...(isKnown ? { modifiedAt: modified.toISOString() } : {}) };
}
