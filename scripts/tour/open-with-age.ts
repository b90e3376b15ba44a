import { spawnSync } from "node:child_process";
import { findCommand } from "../checks/find-command.ts";
import { quoted, StepFailed } from "./coldstow-command.ts";

/** The commands that {@link openPack} needs and this machine lacks. */
export function missingStockTools(pack: string): string[] {
  const needed = ["age", "tar", ...(pack.endsWith(".zst.age") ? ["zstd"] : [])];
  return needed.filter((name) => findCommand(name) === undefined);
}

/**
 * Lists a pack without coldstow, with the tools that any Linux distribution has.
 *
 * @param keyFile holds the AGE-SECRET-KEY line
 * @returns the members' names, as tar prints them
 */
export function openPack(pack: string, keyFile: string): string[] {
  const decompress = pack.endsWith(".zst.age") ? " | zstd -dc" : "";
  const line = `age -d -i ${quoted(keyFile)} ${quoted(pack)}${decompress} | tar -t`;
  console.log(`   $ ${line}`);
  const run = spawnSync("sh", ["-c", line], { encoding: "utf8", maxBuffer: 1 << 28 });
  const members = run.stdout.split("\n").filter((name) => name !== "");
  if (run.status !== 0 || members.length === 0) {
    throw new StepFailed(`${run.stderr}\n${line}\nended with exit code ${run.status}.`);
  }
  return members;
}
