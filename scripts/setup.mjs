// Makes a fresh clone ready on a machine that has Node and npm alone, then hands over to a script that
// runs on the repository's own Node. This file and what it imports must run on Node 20.
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies } from "./setup/dependencies.mjs";
import { findRepositoryNode } from "./setup/repository-node.mjs";
import { pnpm, step } from "./setup/step.mjs";

const oldestNode = 20;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Installs, builds, and runs a script of this repository with the repository's own Node. The process's
 * exit code becomes the script's.
 *
 * @param {string} script path from the repository's root
 * @param {string[]} args handed to the script
 * @returns {Promise<boolean>} false when the script could not be started; what to do is on stderr then
 */
export async function runPrepared(script, args) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < oldestNode) {
    return fail(
      `coldstow needs Node ${oldestNode} or newer to set itself up; this is Node ${process.versions.node}. ` +
        "Install a newer one from https://nodejs.org and run the command again.",
    );
  }
  try {
    await installDependencies(root);
    await step("built coldstow", () => pnpm(root, ["exec", "turbo", "run", "build"]));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  const node = findRepositoryNode(root);
  if (node === undefined) {
    return fail(
      `There is no Node for ${process.platform} on ${process.arch} in this repository's dependencies. ` +
        "See optionalDependencies in package.json for the platforms it brings.",
    );
  }
  // Whatever the script starts by name runs on this Node and finds the repository's tools.
  const tools = join(root, "node_modules", ".bin");
  process.env.PATH = [dirname(node), tools, process.env.PATH ?? ""].join(delimiter);
  // A Ctrl-C reaches the script too: it ends in its own way, and this process waits for that.
  process.on("SIGINT", () => undefined);
  const run = spawnSync(node, [join(root, script), ...args], { cwd: root, stdio: "inherit" });
  if (run.error !== undefined) return fail(`${script} could not be started: ${run.error.message}`);
  process.exitCode = run.status ?? 1;
  return true;
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
  return false;
}
