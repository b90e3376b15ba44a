import { lstatSync, readdirSync } from "node:fs";

/** The sum of the sizes of all files in a folder. */
export function storedBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += lstatSync(`${entry.parentPath}/${entry.name}`).size;
  }
  return bytes;
}
