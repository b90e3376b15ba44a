import { readFileSync } from "node:fs";
import { findCommand } from "./find-command.ts";
import { runTool } from "./run-tool.ts";

/** A program that tests use as an independent reader, and the Debian package that holds it. */
interface Oracle {
  readonly package: string;
  readonly command: string;
}

const listUrl = new URL("../oracles.json", import.meta.url);

/**
 * Sees to it that the programs in oracles.json are there: installs the missing ones by apt where that
 * is possible without asking (as root, or with sudo that needs no password).
 *
 * @returns one line that names what is still missing and how to install it; undefined when nothing is
 */
export async function ensureOracles(): Promise<string | undefined> {
  const wanted = missingPackages();
  if (wanted.length === 0) return undefined;
  const prefix = await privilegedPrefix();
  let trouble = "";
  if (prefix !== undefined) {
    console.log(`installing by apt: ${wanted.join(" ")} …`);
    trouble = await installByApt(prefix, wanted);
  }
  const missing = missingPackages();
  if (missing.length === 0) return undefined;
  const line =
    `Programs that tests compare with are missing: ${missing.join(", ")}. ` +
    `Install them: sudo apt-get install ${missing.join(" ")}`;
  return trouble === "" ? line : `${trouble}\n${line}`;
}

function missingPackages(): string[] {
  const oracles = JSON.parse(readFileSync(listUrl, "utf8")) as Oracle[];
  return oracles.filter(({ command }) => findCommand(command) === undefined).map((o) => o.package);
}

/** What to put before a command so that it runs as root; undefined when that cannot be had unasked. */
async function privilegedPrefix(): Promise<readonly string[] | undefined> {
  if (findCommand("apt-get") === undefined) return undefined;
  if (process.getuid?.() === 0) return ["env"];
  if (findCommand("sudo") === undefined) return undefined;
  const allowed = await runTool("sudo", ["-n", "true"]);
  return allowed.ok ? ["sudo", "-n", "env"] : undefined;
}

/** @returns what apt printed when it failed; empty when all went well */
async function installByApt(prefix: readonly string[], packages: string[]): Promise<string> {
  const [command = "env", ...rest] = prefix;
  const apt = [...rest, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
  const update = await runTool(command, [...apt, "update"]);
  if (!update.ok) return update.output;
  const install = ["install", "-y", "--no-install-recommends", ...packages];
  const installed = await runTool(command, [...apt, ...install]);
  return installed.ok ? "" : installed.output;
}
