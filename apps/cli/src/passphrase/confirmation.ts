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

/** What a person must type, and what else would do, where nobody can be asked. */
export interface WordToConfirm {
  readonly question: string;
  readonly word: string;
  readonly hint: string;
}

/**
 * Lets a person confirm what cannot be undone by typing a word. `--yes` is not enough.
 * @throws {E_DECLINED | E_INPUT_NEEDED}
 */
export async function confirmWord(
  { question, word, hint }: WordToConfirm,
  globals: Pick<GlobalOptions, "noInput">,
  signal: AbortSignal,
): Promise<void> {
  const asking = { noInput: globals.noInput, signal };
  requireTerminal("a confirmation", hint, asking);
  if ((await askLine(`${question} Type ${word} to go on:`, asking)) !== word) throw declined();
}
