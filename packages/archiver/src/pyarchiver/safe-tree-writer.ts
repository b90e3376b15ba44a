import { writeSync } from "node:fs";
import { fromSystemError } from "@coldstow/contracts";
import { SafeTree, type OnExisting } from "../restore/safe-tree.ts";
import type { TreeWriter } from "./tree-writer.ts";

/** Writes extracted files below a directory and never outside it (restore/safe-tree.ts). */
export async function safeTreeWriter(root: string, onExisting: OnExisting): Promise<TreeWriter> {
  const first = await SafeTree.at(root, onExisting);
  const again = await SafeTree.at(root, "overwrite");
  return {
    async writeFile(path, content, { mode, mtimeNs, replace }) {
      const tree = replace ? again : first;
      if (!tree.isFree(path)) return "kept";
      const writing = tree.beginFile(path);
      try {
        for await (const bytes of content) writeWhole(writing.file, bytes);
      } catch (error) {
        tree.dropFile(writing);
        throw fromSystemError(error, "Restoring", path);
      }
      // Set-id bits of an archive that anyone may have made are not believed.
      tree.placeFile(writing, { mode: mode & 0o777, mtimeNs });
      return "written";
    },
  };
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
