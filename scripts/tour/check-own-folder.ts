import { realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { relative, resolve, sep } from "node:path";
import { StepFailed } from "./coldstow-command.ts";
import { bytesInWords } from "./figures.ts";
import { surveyTree } from "./survey-tree.ts";
import { freeBytes } from "./working-folder.ts";

/**
 * The absolute path of the folder that the tour shall use.
 *
 * @throws {StepFailed} when it is no folder, or when the tour's own files would lie in it
 */
export function resolveOwnFolder(argument: string): string {
  // npm runs scripts in the repository's folder and tells where the user is.
  const folder = resolve(process.env["INIT_CWD"] ?? process.cwd(), argument);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) throw new StepFailed(`${folder} is not a folder.`);
  const way = relative(realpathSync(folder), realpathSync(tmpdir()));
  if (way === "" || (way !== ".." && !way.startsWith(`..${sep}`))) {
    throw new StepFailed(
      `The tour keeps its files in ${tmpdir()}, which lies inside ${folder}. ` +
        "Choose another folder, or set TMPDIR to one outside of it.",
    );
  }
  return realpathSync(folder);
}

/**
 * Sees to it that an archive and a restored copy of a folder have room.
 *
 * @throws {StepFailed} naming what is needed and what is free
 */
export function requireSpaceFor(folder: string): void {
  const { bytes } = surveyTree(folder);
  const needed = 2.1 * bytes + 100e6;
  const free = freeBytes();
  if (free < needed) {
    throw new StepFailed(
      `The tour makes an archive and a restored copy of ${folder} in ${tmpdir()}. That needs ` +
        `${bytesInWords(needed)}, and ${bytesInWords(free)} are free. ` +
        "Set TMPDIR to a folder with more room, or choose a smaller one.",
    );
  }
}
