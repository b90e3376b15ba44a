import { ColdstowError } from "@coldstow/contracts";

export interface AskOptions {
  readonly noInput: boolean;
  readonly signal: AbortSignal;
}

/** True where a person can be asked: questions go to stderr, answers come from stdin. */
export function canAsk(options: Pick<AskOptions, "noInput">): boolean {
  return !options.noInput && process.stdin.isTTY && process.stderr.isTTY;
}

/** @throws {E_INPUT_NEEDED} where nobody can be asked */
export function requireTerminal(what: string, hint: string, options: AskOptions): void {
  if (canAsk(options)) return;
  const why = options.noInput ? "--no-input was given" : "this is no terminal";
  throw new ColdstowError("E_INPUT_NEEDED", `${what} is needed, and ${why}; nothing was changed`, {
    hint,
  });
}

// The prompts are loaded when something is asked: they would slow every other start down.
function context(options: AskOptions): {
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
} {
  return { output: process.stderr, signal: options.signal };
}

/** Asks for a line that is not shown. */
export async function askHidden(message: string, options: AskOptions): Promise<string> {
  const { password } = await import("@inquirer/prompts");
  return password({ message, mask: false }, context(options));
}

/** Asks for a line. */
export async function askLine(message: string, options: AskOptions): Promise<string> {
  const { input } = await import("@inquirer/prompts");
  return input({ message }, context(options));
}

/** Asks yes or no; Enter alone means no. */
export async function askYesNo(message: string, options: AskOptions): Promise<boolean> {
  const { confirm } = await import("@inquirer/prompts");
  return confirm({ message, default: false }, context(options));
}
