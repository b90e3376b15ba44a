import { lstat, mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

import { errnoOf, type ObjectKey } from "@coldstow/contracts";

import type { LocalConfig } from "./config.ts";
import { inTheWay, isAbsence, localError, notAFile } from "./errors.ts";
import { oddKind, rootExists } from "./object-path.ts";

const cannotSync = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** How often a folder is made anew that another process removes, being empty, at the same moment. */
export const folderAttempts = 3;

/** A folder opened to be fsynced; undefined on Windows, which makes its entries durable itself. */
export async function openDirectory(path: string): Promise<FileHandle | undefined> {
  if (process.platform === "win32") return undefined;
  return await open(path, "r");
}

/** Makes a folder's entries durable, where the file system knows how to. */
export async function syncDirectory(directory: FileHandle | undefined): Promise<void> {
  try {
    await directory?.sync();
  } catch (error) {
    if (!cannotSync.has(errnoOf(error) ?? "")) throw error;
  }
}

async function syncPath(path: string): Promise<void> {
  const directory = await openDirectory(path);
  try {
    await syncDirectory(directory);
  } finally {
    await directory?.close();
  }
}

/** Makes one folder; one that is there already is fine. */
async function make(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

async function makeRoot(config: LocalConfig, durable: Set<string>): Promise<void> {
  if (await rootExists(config)) return;
  const first = await mkdir(config.directory, { recursive: true });
  if (first === undefined) return;
  for (let path = config.directory; path.length >= first.length; path = dirname(path)) {
    await syncPath(dirname(path));
    if (dirname(path) === path) break;
  }
  durable.clear();
}

async function makeFolders(
  config: LocalConfig,
  key: ObjectKey,
  durable: Set<string>,
): Promise<void> {
  await makeRoot(config, durable);
  let path = config.directory;
  for (const segment of key.split("/").slice(0, -1)) {
    const parent = path;
    path = join(parent, segment);
    const stats = await lstat(path).catch((error: unknown) => {
      if (isAbsence(error)) return undefined;
      throw error;
    });
    if (stats === undefined) {
      durable.delete(path);
      await make(path);
    } else if (stats.isFile()) throw inTheWay(path);
    else if (!stats.isDirectory()) throw notAFile(path, oddKind(stats));
    if (!durable.has(path)) {
      await syncPath(parent);
      durable.add(path);
    }
  }
}

/**
 * Makes the folder that a key's object lies in, and every one above it, durably.
 * @param durable folders whose entry in their parent is known to be on the disk; one that another
 *   process made may not be, so each is fsynced once
 * @throws {E_EXISTS} if a file stands where a folder must be
 * @throws {E_FORMAT} if a symbolic link does
 */
export async function ensureDirectory(
  config: LocalConfig,
  key: ObjectKey,
  durable: Set<string>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await makeFolders(config, key, durable);
      return;
    } catch (error) {
      // Another process may have removed a folder, being empty, since it was looked at.
      if (isAbsence(error) && attempt < folderAttempts) continue;
      throw localError(error, "making a folder at the destination", config.directory);
    }
  }
}
