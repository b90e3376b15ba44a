import { resolveSecret, type SecretSource } from "@coldstow/archiver/settings";
import { ColdstowError } from "@coldstow/contracts";
import type { GlobalOptions } from "../global-flags.ts";
import { askHidden, requireTerminal } from "./terminal.ts";

export interface PassphraseOptions {
  /** What it opens, for the question: an archive's name. */
  readonly subject: string;
  /** A new passphrase is asked for twice. */
  readonly isNew?: boolean;
  /** What the ini says; it comes after flags and the environment. */
  readonly configured?: SecretSource | undefined;
}

type Globals = Pick<GlobalOptions, "passwordFile" | "passwordCommand" | "noInput">;

const hint =
  "Give --password-file, --password-command or the variable COLDSTOW_PASSWORD, or run it on a terminal.";

function givenSource(
  globals: Globals,
): { readonly source: SecretSource; readonly from: string } | undefined {
  if (globals.passwordFile !== undefined) {
    return { source: { kind: "file", path: globals.passwordFile }, from: "--password-file" };
  }
  if (globals.passwordCommand !== undefined) {
    return {
      source: { kind: "command", command: globals.passwordCommand },
      from: "--password-command",
    };
  }
  if (process.env["COLDSTOW_PASSWORD"] !== undefined) {
    return { source: { kind: "env", name: "COLDSTOW_PASSWORD" }, from: "COLDSTOW_PASSWORD" };
  }
  return undefined;
}

/**
 * The passphrase of an archive: from --password-file, --password-command, COLDSTOW_PASSWORD, the
 * ini, or a question, in this order. It never comes from the arguments.
 * @throws {E_INPUT_NEEDED} where none is given and nobody can be asked
 * @throws {E_CONFIG} if what is given is empty or has several lines
 * @throws {E_DECLINED} if a new one was typed differently the second time
 */
export async function passphrase(
  options: PassphraseOptions,
  globals: Globals,
  signal: AbortSignal,
): Promise<string> {
  const given =
    givenSource(globals) ??
    (options.configured === undefined
      ? undefined
      : { source: options.configured, from: "[Tar] password" });
  if (given !== undefined) return resolveSecret(given.source, given.from, undefined, signal);

  const asking = { noInput: globals.noInput, signal };
  requireTerminal(`the passphrase of ${options.subject}`, hint, asking);
  const which = options.isNew === true ? "New passphrase" : "Passphrase";
  const typed = await askHidden(`${which} of ${options.subject}:`, asking);
  if (typed === "") {
    throw new ColdstowError(
      "E_DECLINED",
      "an empty passphrase protects nothing; nothing was changed",
    );
  }
  if (options.isNew === true && (await askHidden("The same once more:", asking)) !== typed) {
    throw new ColdstowError("E_DECLINED", "the two passphrases differ; nothing was changed", {
      hint: "Run the command again.",
    });
  }
  return typed;
}

/** Whether flags or the environment say where the passphrase is, so that nobody needs to be asked. */
export function passphraseGiven(globals: Globals): boolean {
  return givenSource(globals) !== undefined;
}
