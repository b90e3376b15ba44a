import { spawn } from "node:child_process";
import { join } from "node:path";

/** A step of the tour that did not do what it should; the message says all that is known. */
export class StepFailed extends Error {}

export interface CommandRun {
  readonly seconds: number;
  readonly exitCode: number;
  /** What it printed, on both streams. */
  readonly output: string;
}

export interface CommandOptions {
  /** Exit codes that are fine besides 0. */
  readonly allow?: readonly number[];
}

/** Runs `./coldstow` from the repository's folder, and shows the command so that it can be copied. */
export async function coldstow(
  root: string,
  args: readonly string[],
  { allow = [] }: CommandOptions = {},
): Promise<CommandRun> {
  const shown = `./coldstow ${args.map(quoted).join(" ")}`;
  console.log(`   $ ${shown}`);
  const run = await runToEnd(root, args);
  if (run.exitCode !== 0 && !allow.includes(run.exitCode)) {
    throw new StepFailed(`${run.output}\n${shown}\nended with exit code ${run.exitCode}.`);
  }
  return run;
}

/** An argument as a POSIX shell needs it. */
export function quoted(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

function runToEnd(root: string, args: readonly string[]): Promise<CommandRun> {
  // The launcher is a shell script; Windows starts what it starts.
  const onWindows = process.platform === "win32";
  const command = onWindows ? process.execPath : join(root, "coldstow");
  const all = onWindows ? [join(root, "apps", "cli", "bin", "run.js"), ...args] : args;
  const startedAt = Date.now();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const child = spawn(command, all, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (bytes: Buffer) => chunks.push(bytes));
    child.stderr.on("data", (bytes: Buffer) => chunks.push(bytes));
    child.on("error", (error) => reject(new StepFailed(`${command}: ${error.message}`)));
    child.on("close", (code) =>
      resolve({
        seconds: (Date.now() - startedAt) / 1000,
        exitCode: code ?? 1,
        output: Buffer.concat(chunks).toString("utf8").trimEnd(),
      }),
    );
  });
}
