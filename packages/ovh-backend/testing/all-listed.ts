import type { ObjectInfo, StorageBackend } from "@coldstow/contracts";

/** Everything that a listing yields. */
export async function allListed(backend: StorageBackend, prefix = ""): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = [];
  for await (const info of backend.list(prefix)) infos.push(info);
  return infos;
}
