import { randomBytes } from "node:crypto";
import { lstat, opendir, rm, unlink } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";

import { isObjectKey } from "@coldstow/contracts";

import { isAbsence, localError } from "./errors.ts";

const dayMs = 24 * 60 * 60 * 1000;
const partialName = /^(.+)\.(?:[0-9a-f]{16}|lock)\.partial$/;

/** A new name beside the object's, which can be no key: docs/formats/destination.md, section 3. */
export function newPartialPath(objectPath: string): string {
  return `${objectPath}.${randomBytes(8).toString("hex")}.partial`;
}

/** The name by which writers of one new object exclude each other where there are no hard links. */
export function lockPath(objectPath: string): string {
  return `${objectPath}.lock.partial`;
}

/** The path of the object that a partial file would become; undefined for any other path. */
export function objectOfPartial(directory: string, path: string): string | undefined {
  const name = partialName.exec(basename(path))?.[1];
  if (name === undefined) return undefined;
  const object = join(dirname(path), name);
  return isObjectKey(relative(directory, object).split(sep).join("/")) ? object : undefined;
}

/**
 * Removes all partial files of one object, whatever their age; a folder that is not there holds
 * none. O(objects in the same folder).
 */
export async function sweepPartials(directory: string, objectPath: string): Promise<void> {
  const folder = dirname(objectPath);
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (objectOfPartial(directory, path) === objectPath) await rm(path, { force: true });
    }
  } catch (error) {
    if (!isAbsence(error)) throw localError(error, "removing partial files", folder);
  }
}

async function removeIfStale(path: string, now: number): Promise<void> {
  const stats = await lstat(path);
  if (stats.isFile() && now - stats.mtimeMs > dayMs) await unlink(path);
}

/**
 * Removes what writers that were killed have left behind: partial files that nobody has written to
 * for a day. Only names that {@link newPartialPath} makes are touched. It reads every folder of the
 * destination, so its time grows with the number of objects; its memory does not. What cannot be
 * read or removed stays, for the next time.
 */
export async function sweepStalePartials(directory: string, now: number): Promise<void> {
  const waiting = [directory];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    try {
      for await (const entry of await opendir(path)) {
        const entryPath = join(path, entry.name);
        if (entry.isDirectory()) {
          const key = relative(directory, entryPath).split(sep).join("/");
          if (isObjectKey(key)) waiting.push(entryPath);
        } else if (objectOfPartial(directory, entryPath) !== undefined) {
          await removeIfStale(entryPath, now).catch(() => undefined);
        }
      }
    } catch {
      // A folder that cannot be read hides nothing that a writer needs.
    }
  }
}
