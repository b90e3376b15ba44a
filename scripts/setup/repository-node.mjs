import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The Node that the repository's dependencies brought for this machine.
 *
 * @param {string} root the repository's folder
 * @returns {string | undefined} the path of its executable; undefined when none is installed
 */
export function findRepositoryNode(root) {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const name of Object.keys(optionalDependencies)) {
    // The executable itself: what stands in .bin is a .cmd file on Windows.
    const folder = join(root, "node_modules", name);
    if (!existsSync(join(folder, "package.json"))) continue;
    const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const executable = typeof bin === "string" ? bin : bin?.node;
    if (executable !== undefined && existsSync(join(folder, executable))) {
      return join(folder, executable);
    }
  }
  return undefined;
}
