import { ColdstowError } from "@coldstow/contracts";
import type { GlobalOptions } from "../global-flags.ts";
import { askLine, askYesNo, requireTerminal } from "./terminal.ts";

type Globals = Pick<GlobalOptions, "yes" | "noInput">;

function declined(): ColdstowError {
  return new ColdstowError("E_DECLINED", "it was not confirmed; nothing was changed", { hint: "" });
}

/**
 * Lets a person confirm; `--yes` confirms.
 * @throws {E_DECLINED | E_INPUT_NEEDED}
 */
export async function confirm(
  question: string,
  globals: Globals,
  signal: AbortSignal,
): Promise<void> {
  if (globals.yes) return;
  const asking = { noInput: globals.noInput, signal };
  requireTerminal("a confirmation", "Give --yes, or run it on a terminal.", asking);
  if (!(await askYesNo(question, asking))) throw declined();
}

/**
 * Lets a person confirm what cannot be undone by typing a word; `--yes` confirms.
 * @throws {E_DECLINED | E_INPUT_NEEDED}
 */
export async function confirmTyped(
  question: string,
  word: string,
  globals: Globals,
  signal: AbortSignal,
): Promise<void> {
  if (globals.yes) return;
  const asking = { noInput: globals.noInput, signal };
  requireTerminal("a confirmation", "Give --yes, or run it on a terminal.", asking);
  if ((await askLine(`${question} Type ${word} to go on:`, asking)) !== word) throw declined();
}
