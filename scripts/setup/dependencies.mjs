import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findRepositoryNode } from "./repository-node.mjs";
import { pnpm, step } from "./step.mjs";

const decisiveFiles = ["pnpm-lock.yaml", "pnpm-workspace.yaml", ".pnpmfile.mjs"];

/**
 * Installs exactly what the lockfile names, unless that was done already: a digest of the files that
 * decide what is installed is kept in node_modules.
 *
 * @param {string} root the repository's folder
 */
export async function installDependencies(root) {
  const stamp = join(root, "node_modules", ".installed-from");
  const wanted = digestOf(root);
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === wanted && findRepositoryNode(root) !== undefined) {
    console.log("dependencies are up to date");
    return;
  }
  console.log("installing dependencies; the first time this fetches some 200 packages …");
  await step("installed the dependencies", () =>
    pnpm(root, ["install", "--frozen-lockfile", "--prefer-offline"]),
  );
  writeFileSync(stamp, wanted);
}

function digestOf(root) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const name of decisiveFiles) hash.update(readFileSync(join(root, name))).update("\0");
  return hash.digest("hex");
}
