import {
  chmodSync,
  existsSync,
  globSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { joinBytes, walkTree } from "./walk-tree.ts";

const prefix = "coldstow-tour-";
const mark = ".made-by-coldstow-tour";

/** A new folder in the system's folder for temporary files. */
export function makeWorkingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(folder, mark), "");
  return folder;
}

/**
 * Removes what earlier tours left.
 *
 * @returns the folders that are gone
 */
export function removeWorkingFolders(): string[] {
  const folders = globSync(`${prefix}*`, { cwd: tmpdir() })
    .map((name) => join(tmpdir(), name))
    .filter((folder) => existsSync(join(folder, mark)));
  for (const folder of folders) {
    makeRemovable(folder);
    rmSync(folder, { recursive: true, force: true });
  }
  return folders;
}

/** Bytes that are free where working folders are made. */
export function freeBytes(): number {
  const { bavail, bsize } = statfsSync(tmpdir());
  return bavail * bsize;
}

/** A restored folder may be read-only, and what it holds could not be removed then. */
function makeRemovable(root: string): void {
  const start = Buffer.from(root);
  for (const { path, stats, unreadable } of walkTree(start)) {
    if (stats.isDirectory() && (unreadable === true || (stats.mode & 0o700n) !== 0o700n)) {
      chmodSync(joinBytes(start, path), 0o700);
    }
  }
}
