import { lstatSync, readdirSync, type BigIntStats } from "node:fs";
import { sep } from "node:path";

export interface TreeItem {
  /** From the tree's root, as the bytes that the file system keeps. */
  readonly path: Buffer;
  readonly stats: BigIntStats;
  /** Set for a folder that could not be listed. */
  readonly unreadable?: true;
}

const separator = Buffer.from(sep);

/**
 * Every item below a folder, folders before what they hold. Names are bytes, because not every name is
 * text. Memory grows with the longest path's listings, not with the tree.
 */
export function* walkTree(root: Buffer, below?: Buffer): Generator<TreeItem> {
  const folder = below === undefined ? root : joinBytes(root, below);
  for (const name of readdirSync(folder, { encoding: "buffer" })) {
    const path = below === undefined ? name : joinBytes(below, name);
    const stats = lstatSync(joinBytes(root, path), { bigint: true });
    if (!stats.isDirectory()) {
      yield { path, stats };
    } else if (canList(joinBytes(root, path))) {
      yield { path, stats };
      yield* walkTree(root, path);
    } else {
      yield { path, stats, unreadable: true };
    }
  }
}

/** A path below a folder. */
export function joinBytes(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, separator, name]);
}

function canList(folder: Buffer): boolean {
  try {
    readdirSync(folder, { encoding: "buffer" });
    return true;
  } catch {
    return false;
  }
}
