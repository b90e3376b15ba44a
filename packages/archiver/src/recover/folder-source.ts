import { lstatSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { ColdstowError, displayPath, fromSystemError } from "@coldstow/contracts";
import { below, fsPath, namesIn } from "../files/fs-path.ts";
import { readPastBadSectors } from "./read-past-bad-sectors.ts";
import type { RecoverySource, SourceObject } from "./source-object.ts";

/**
 * The files of a folder and of the folders in it, or a few files by name. No symbolic link below the
 * folder is followed. Memory: the names of the folders on the way.
 * @throws {E_NOT_FOUND | E_USAGE} if there is no such folder or file
 */
export function folderSource(from: string | readonly string[]): RecoverySource {
  const [only, ...others] = typeof from === "string" ? [from] : from;
  if (only === undefined) {
    throw new ColdstowError("E_USAGE", "No pack was named, so there is nothing to read.");
  }
  if (others.length === 0 && isFolder(only)) {
    const folder = resolve(only);
    return { title: folder, folder, list: () => filesBelow(folder, "") };
  }
  const files = [only, ...others].map((file) => resolve(file));
  for (const file of files) {
    if (isFolder(file)) {
      throw new ColdstowError("E_USAGE", `${displayPath(file)} is a folder among files.`, {
        subject: displayPath(file),
        hint: "Name one folder, or files only.",
      });
    }
  }
  return {
    title: files.length === 1 ? only : `${files.length} files`,
    folder: undefined,
    async *list() {
      for (const file of files) yield fileObject(file, nameOfFile(file, files));
    },
  };
}

function isFolder(path: string): boolean {
  try {
    return statSync(fsPath(path)).isDirectory();
  } catch (error) {
    throw fromSystemError(error, "Looking for packs", displayPath(path));
  }
}

/** The folder of a run belongs to a pack's key, and tells files of the same name apart. */
function nameOfFile(path: string, all: readonly string[]): string {
  const [name, folder] = [basename(path), basename(resolve(path, ".."))];
  if (/^r\d{6,}$/u.test(folder)) return `${folder}/${name}`;
  return all.some((other) => other !== path && basename(other) === name) ? path.slice(1) : name;
}

async function* filesBelow(
  root: string,
  folder: string,
): AsyncGenerator<SourceObject, void, undefined> {
  const at = below(root, folder);
  let names: string[];
  try {
    names = namesIn(at);
  } catch (error) {
    throw fromSystemError(error, "Looking for packs", displayPath(at));
  }
  for (const name of names) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const stat = lstatSync(fsPath(below(root, path)), { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) yield* filesBelow(root, path);
    else if (stat?.isFile() === true) yield fileObject(below(root, path), path);
  }
}

function fileObject(path: string, name: string): SourceObject {
  return {
    name,
    sizeBytes: statSync(fsPath(path)).size,
    open: () => readPastBadSectors(path),
  };
}
