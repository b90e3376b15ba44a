import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Check } from "./check.ts";

const run = promisify(execFile);

/** The stock tools by which an archive opens without coldstow. */
const tools = [
  { name: "age", arguments: ["--version"] },
  { name: "tar", arguments: ["--version"] },
  { name: "zstd", arguments: ["--version"] },
  { name: "sha256sum", arguments: ["--version"] },
] as const;

async function toolCheck(tool: (typeof tools)[number]): Promise<Check> {
  try {
    const { stdout } = await run(tool.name, [...tool.arguments], { timeout: 10_000 });
    return { name: tool.name, state: "ok", found: stdout.split("\n")[0] ?? "" };
  } catch {
    return {
      name: tool.name,
      state: "advice",
      found: "not found",
      advice: `coldstow does not need it; with ${tool.name} you can open an archive without coldstow.`,
    };
  }
}

/** Looks which of the stock tools are there. */
export async function toolChecks(): Promise<Check[]> {
  return Promise.all(tools.map(toolCheck));
}
