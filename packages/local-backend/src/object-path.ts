import type { Stats } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { join } from "node:path";

import { ColdstowError, errnoOf, type ObjectKey } from "@coldstow/contracts";

import type { LocalConfig } from "./config.ts";
import { isAbsence, localError, notAFile } from "./errors.ts";

/** What lies under a key. A folder there means that other keys begin with it: there is no object. */
export type Found =
  | { readonly kind: "file"; readonly stats: Stats }
  | { readonly kind: "directory" }
  | { readonly kind: "absent" };

/** Where the object of a key lies. The key's segments are plain names, so this cannot leave the folder. */
export function objectPath(config: LocalConfig, key: ObjectKey): string {
  return join(config.directory, ...key.split("/"));
}

/** What an entry that is neither a file nor a folder is, in words. */
export function oddKind(entry: { isSymbolicLink(): boolean }): string {
  return entry.isSymbolicLink() ? "a symbolic link" : "a device, a pipe or a socket";
}

/**
 * Looks at the destination's folder; it may itself be reached through symbolic links.
 * @returns whether it is there
 * @throws {E_CONFIG} if it is something else, or lies beneath a file
 * @throws {E_MEDIUM_NEEDED} if it is missing and must not be made
 */
export async function rootExists(config: LocalConfig): Promise<boolean> {
  const { directory } = config;
  const notAFolder = (): ColdstowError =>
    new ColdstowError("E_CONFIG", `${directory} is not a folder; nothing was changed`, {
      subject: "dir",
    });
  try {
    const found = await stat(directory);
    if (!found.isDirectory()) throw notAFolder();
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") throw notAFolder();
    if (!isAbsence(error)) throw localError(error, "looking at the destination", directory);
    if (config.create) return false;
    throw new ColdstowError("E_MEDIUM_NEEDED", `${directory} is not there; nothing was changed`, {
      subject: directory,
      hint: "Connect and mount the disk, or make the folder, then run the command again.",
      cause: error,
    });
  }
}

/**
 * Looks at what lies under a key, following no symbolic link beneath the destination's folder.
 * @throws {E_FORMAT} if a part of the path is a symbolic link, a device, a pipe or a socket
 * @throws {E_CONFIG | E_MEDIUM_NEEDED} as {@link rootExists}
 */
export async function find(config: LocalConfig, key: ObjectKey): Promise<Found> {
  if (!(await rootExists(config))) return { kind: "absent" };
  const segments = key.split("/");
  let path = config.directory;
  for (const [index, segment] of segments.entries()) {
    path = join(path, segment);
    let stats: Stats;
    try {
      stats = await lstat(path);
    } catch (error) {
      if (isAbsence(error)) return { kind: "absent" };
      throw localError(error, "looking for the object", path);
    }
    const last = index === segments.length - 1;
    if (stats.isFile()) return last ? { kind: "file", stats } : { kind: "absent" };
    if (!stats.isDirectory()) throw notAFile(path, oddKind(stats));
  }
  return { kind: "directory" };
}
