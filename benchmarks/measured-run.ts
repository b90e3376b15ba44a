import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sessionMemory } from "./session-memory.ts";

/** A command line, run by bash so that a pipe is one job. `$1`, `$2` … are the arguments. */
export interface ShellCommand {
  script: string;
  args?: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** What one run cost. */
export interface Cost {
  wallSeconds: number;
  /** User and system time of all processes of the run. */
  cpuSeconds: number;
  /** The most memory that all processes of the run held together, sampled 20 times a second. */
  peakRssBytes: number;
}

const samplingMs = 50;

// bash itself waits for every process, so that its `time` counts the whole tree, as wait4 reports it.
const timed =
  'set -o pipefail; TIMEFORMAT="%3R %3U %3S"; times=$1; shift; exec 3>&2; { time { eval "$COLDSTOW_BENCH_SCRIPT" 2>&3; } ; } 2>"$times"';

/**
 * Runs a command to its end and measures it. Its output is thrown away.
 *
 * @throws when it does not end with 0; the error carries the end of what it wrote to stderr.
 */
export async function measuredRun(command: ShellCommand): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), "coldstow-bench-time-"));
  const timesFile = join(folder, "times");
  try {
    const args = ["--norc", "-c", timed, "bash", timesFile, ...(command.args ?? [])];
    const child = spawn("bash", args, {
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      env: { ...process.env, ...command.env, COLDSTOW_BENCH_SCRIPT: command.script, LC_ALL: "C" },
      // A session of its own tells its processes from all others.
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => (errors = (errors + text).slice(-2000)));
    let peakRssBytes = 0;
    const sampler = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, sessionMemory(child.pid ?? 0));
    }, samplingMs);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject).on("close", resolve);
    }).finally(() => clearInterval(sampler));
    if (code !== 0) throw new Error(`exit ${code}: ${command.script}\n${errors}`);
    return { ...readTimes(timesFile), peakRssBytes };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readTimes(file: string): Omit<Cost, "peakRssBytes"> {
  const line = readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "";
  const [wall, user, system] = line.split(" ").map(Number);
  if (wall === undefined || user === undefined || system === undefined) {
    throw new Error(`bash gave no times: ${line}`);
  }
  return { wallSeconds: wall, cpuSeconds: user + system };
}
