import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../apps/cli/bin/run.js", import.meta.url));

/** How a command ended. */
export interface CliOutcome {
  readonly args: readonly string[];
  /** Undefined where it was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface CliPlace {
  /** Where the command runs. */
  readonly cwd: string;
  /** Its home: settings, pinned host keys and caches go there. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that is running. */
export interface CliRun {
  readonly ended: Promise<CliOutcome>;
  /** SIGKILL for it and all that it has started. */
  kill(): void;
}

/** Longer than any command of a test takes: what still runs then hangs. */
const hangSeconds = 240;

/**
 * Starts the built command line as a user would, in a process group of its own.
 * `ended` rejects where the command hangs.
 */
export function startCli(args: readonly string[], { cwd, home, env }: CliPlace): CliRun {
  mkdirSync(home, { recursive: true });
  const began = performance.now();
  const folders = ["DATA", "CONFIG", "CACHE", "STATE"].map((name) => [
    `XDG_${name}_HOME`,
    `${home}/${name.toLowerCase()}`,
  ]);
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: home, ...Object.fromEntries(folders), ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => killGroup(child);
  return { ended: endOf(child, args, began, kill), kill };
}

/** Runs the command line to its end. */
export async function runCli(args: readonly string[], place: CliPlace): Promise<CliOutcome> {
  return startCli(args, place).ended;
}

/** The one JSON document that a command with `--json` has printed. */
export function documentOf({ args, stdout, stderr, exitCode }: CliOutcome): unknown {
  try {
    return JSON.parse(stdout) as unknown;
  } catch (error) {
    const said = `exit ${exitCode}; stdout: ${stdout}; stderr: ${stderr}`;
    throw new Error(`${args.join(" ")} gave no JSON document: ${said}`, { cause: error });
  }
}

/** @throws an error with all that the command said, unless it ended with one of the codes */
export function expectExit(outcome: CliOutcome, ...codes: readonly number[]): CliOutcome {
  if (outcome.exitCode !== undefined && codes.includes(outcome.exitCode)) return outcome;
  throw new Error(
    `coldstow ${outcome.args.join(" ")} ended with ${outcome.exitCode}, not ${codes.join(" or ")}:\n${outcome.stderr}\n${outcome.stdout}`,
  );
}

async function endOf(
  child: ChildProcess,
  args: readonly string[],
  began: number,
  kill: () => void,
): Promise<CliOutcome> {
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  let hangs = false;
  const watch = setTimeout(() => {
    hangs = true;
    kill();
  }, hangSeconds * 1000);
  const [exitCode] = (await once(child, "close")) as [number | null];
  clearTimeout(watch);
  if (hangs) {
    const said = `${output.stderr}\n${output.stdout}`;
    throw new Error(`coldstow ${args.join(" ")} hung for ${hangSeconds} s:\n${said}`);
  }
  const seconds = (performance.now() - began) / 1000;
  return { args, exitCode: exitCode ?? undefined, ...output, seconds };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nobody of the group is left: it ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
