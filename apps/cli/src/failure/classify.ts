import { ColdstowError, errnoOf, fromSystemError, isColdstowError } from "@coldstow/contracts";

interface OclifError extends Error {
  readonly oclif?: { readonly exit?: number };
  readonly parse?: unknown;
}

const parsing = /^Parsing (\S+)\s*\n\t([^]*)\nSee more help with --help$/;

const boilerplate = /^(?:See more help with --help|The following errors? occurred:)$/;

/** oclif's message about wrong arguments, as one sentence. */
function usageMessage(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const told = lines.filter((line) => line !== "" && !boilerplate.test(line));
  if (/^Missing \d+ required arg/.test(told[0] ?? "")) {
    // Behind the names oclif may explain flags that take several values.
    const note = told.findIndex((line) => line.startsWith("Note:"));
    const names = told
      .slice(1, note === -1 ? undefined : note)
      .map((line) => (line.split(/\s/)[0] ?? "").toUpperCase());
    return `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} missing`;
  }
  return told.join("; ");
}

// oclif rewrites the message of an error that a flag's own reader throws.
function unwrapped(error: ColdstowError): ColdstowError {
  const [, flag, message] = parsing.exec(error.message) ?? [];
  if (flag === undefined || message === undefined) return error;
  return new ColdstowError(error.code, `${flag}: ${message}`, {
    subject: flag,
    hint: error.hint,
    cause: error,
  });
}

/** Any thrown value as an error with a code. */
export function classify(error: unknown): ColdstowError {
  if (isColdstowError(error)) return unwrapped(error);
  if (!(error instanceof Error)) return new ColdstowError("E_INTERNAL", String(error));
  const { oclif, parse } = error as OclifError;
  if (parse !== undefined || oclif?.exit === 2 || parsing.test(error.message)) {
    const [, flag, told] = parsing.exec(error.message) ?? [];
    if (flag !== undefined)
      return new ColdstowError("E_USAGE", `${flag}: ${told}`, { subject: flag });
    return new ColdstowError("E_USAGE", usageMessage(error.message), { cause: error });
  }
  // The prompts' ways to say that the person, or a signal, ended the question.
  if (/^(?:ExitPromptError|AbortPromptError|AbortError)$/.test(error.name)) {
    return new ColdstowError("E_CANCELLED", "it was interrupted", { cause: error });
  }
  if (errnoOf(error) !== undefined) return fromSystemError(error, "the command");
  return new ColdstowError("E_INTERNAL", error.message || error.name, { cause: error });
}
