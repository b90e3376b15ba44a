import type { ObjectInfo, ObjectKey } from "@coldstow/contracts";

/** What a server tells of a file; SFTP version 3 knows whole seconds. */
export function objectInfo(
  key: ObjectKey,
  attributes: { readonly size: number; readonly mtime?: number },
  sha256?: string,
): ObjectInfo {
  const { size, mtime } = attributes;
  return {
    key,
    sizeBytes: size,
    ...(mtime === undefined ? {} : { modifiedAt: new Date(mtime * 1000).toISOString() }),
    ...(sha256 === undefined ? {} : { digest: { algorithm: "sha256", hex: sha256 } }),
  };
}
