import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { leadingFlagsLast } from "./arguments.ts";
import { interruption, watchSignals } from "./interruption.ts";
import { watchPipes } from "./output.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

// Answered without loading the commands: scripts ask for the version all the time.
function version(): string {
  const { version: own } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as {
    readonly version: string;
  };
  return `coldstow/${own} ${process.platform}-${process.arch} node-${process.version}`;
}

/** Runs the command line; sets the exit status, never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  watchPipes();
  watchSignals();
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return;
  }
  try {
    const { run } = await import("./run.ts");
    await run(leadingFlagsLast(argv), root);
    interruption.throwIfAborted();
  } catch (error) {
    const { reportFailure } = await import("./failure/report-failure.ts");
    process.exitCode = reportFailure(error, argv);
  }
}
