import { spawn } from "node:child_process";

export interface ToolResult {
  readonly ok: boolean;
  /** What it printed, on both streams, in order. */
  readonly output: string;
}

/** Runs a command to its end and keeps what it prints. A command that cannot be started is not ok. */
export function runTool(command: string, args: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(command, args, {
      // On Windows the tools in node_modules/.bin are .cmd files, which only a shell starts.
      shell: process.platform === "win32",
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (bytes: Buffer) => chunks.push(bytes));
    child.stderr.on("data", (bytes: Buffer) => chunks.push(bytes));
    child.on("error", (error) => resolve({ ok: false, output: error.message }));
    child.on("close", (code) =>
      resolve({ ok: code === 0, output: Buffer.concat(chunks).toString("utf8").trimEnd() }),
    );
  });
}
