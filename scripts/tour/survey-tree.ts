import { accessSync, constants } from "node:fs";
import { nameFromBytes } from "../../packages/contracts/src/path-name.ts";
import { joinBytes, walkTree, type TreeItem } from "./walk-tree.ts";

export interface TreeSurvey {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** What the files take up on a disk; holes in sparse files do not count. */
  readonly bytes: number;
  /**
   * Relative paths of what an archive cannot hold: sockets, pipes, devices, and what this user may not
   * read. Bytes that are not UTF-8 are escaped as everywhere in coldstow.
   */
  readonly leftOut: readonly string[];
}

/** Counts what a folder holds and the space that it needs. */
export function surveyTree(root: string): TreeSurvey {
  const start = Buffer.from(root);
  const counts = { files: 0, folders: 0, links: 0, bytes: 0 };
  const leftOut: string[] = [];
  for (const item of walkTree(start)) {
    const { stats } = item;
    if (!canBeKept(start, item)) {
      leftOut.push(nameFromBytes(item.path));
    } else if (stats.isFile()) {
      counts.files += 1;
      counts.bytes += occupiedBytes(item);
    } else if (stats.isDirectory()) {
      counts.folders += 1;
    } else {
      counts.links += 1;
    }
  }
  return { ...counts, leftOut };
}

function canBeKept(root: Buffer, { path, stats, unreadable }: TreeItem): boolean {
  if (stats.isSymbolicLink()) return true;
  if (stats.isDirectory()) return unreadable !== true;
  return stats.isFile() && mayRead(joinBytes(root, path));
}

function mayRead(path: Buffer): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function occupiedBytes({ stats }: TreeItem): number {
  const size = Number(stats.size);
  // Windows reports no blocks.
  return stats.blocks > 0n ? Math.min(size, Number(stats.blocks) * 512) : size;
}
