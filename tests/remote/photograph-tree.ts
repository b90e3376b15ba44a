import { join } from "node:path";
import { changeTree, writeTree } from "../faults/seeded-tree.ts";
import { buildPhotoTree } from "../tools/photo-tree.ts";

const photographsOfScale1 = 700;

/** A seeded tree with so many photographs of 1–12 MB, and beside them small files, links and the like. */
export function writePhotographTree(source: string, seed: number, photographs: number): void {
  writeTree(source, seed, { folders: 3, filesPerFolder: 8, largeBytes: [1_300_000] });
  buildPhotoTree("P", join(source, "photographs"), {
    seed,
    scale: photographs / photographsOfScale1,
  });
}

/** New, changed, renamed and deleted files, as they are between two runs. */
export function changePhotographTree(source: string, seed: number): void {
  changeTree(source, seed, 1);
}
