/** What a tree holds, in a form that tests compare. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Path to `directory`, `symlink TARGET` or `file SHA-256`. */
export type TreeDigest = Map<string, string>;

/** Reads a whole tree; what lies under `.coldstow` is no part of it. */
export function digestTree(root: string, below = "", into: TreeDigest = new Map()): TreeDigest {
  for (const name of readdirSync(join(root, below)).toSorted()) {
    const path = below === "" ? name : `${below}/${name}`;
    if (path === ".coldstow") continue;
    const stat = lstatSync(join(root, path));
    if (stat.isDirectory()) {
      into.set(path, "directory");
      digestTree(root, path, into);
    } else if (stat.isSymbolicLink()) {
      into.set(path, `symlink ${readlinkSync(join(root, path))}`);
    } else {
      into.set(path, `file ${sha256(readFileSync(join(root, path)))}`);
    }
  }
  return into;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
