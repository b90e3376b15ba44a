import { describeError, exitCodes } from "@coldstow/contracts";
import { wantsJson, wantsVerbose } from "../arguments.ts";
import { interruption } from "../interruption.ts";
import { hasDocument, jsonText, OutputClosed, tell } from "../output.ts";
import { classify } from "./classify.ts";

/** An error as `--json` gives it under `error`. */
export interface FailureDocument {
  readonly code: string;
  readonly title: string;
  readonly message: string;
  readonly hint: string;
  readonly subject: string | null;
  readonly retryAt?: string;
}

/** The error as a value for `--json`. */
export function failureDocument(error: unknown): FailureDocument {
  const known = classify(error);
  return {
    code: known.code,
    title: describeError(known).title,
    message: known.message,
    hint: known.hint,
    subject: known.subject ?? null,
    ...(known.retryAt === undefined ? {} : { retryAt: known.retryAt }),
  };
}

/** `oclif`'s way to end a command early with a status, such as after `--help`. */
function earlyExit(error: unknown): number | undefined {
  const { code, oclif } = (error ?? {}) as { code?: unknown; oclif?: { exit?: unknown } };
  return code === "EEXIT" && typeof oclif?.exit === "number" ? oclif.exit : undefined;
}

// What a plugin's command reports in its own words is foreseen, though it has no code of ours.
function isUnforeseen(error: unknown, code: string): boolean {
  return code === "E_INTERNAL" && (error as { oclif?: unknown } | undefined)?.oclif === undefined;
}

// What a signal breaks fails in many ways; only an error that says so itself knows more of the state.
function causeOf(error: unknown): unknown {
  if (!interruption.aborted || classify(error).code === "E_CANCELLED") return error;
  return interruption.reason;
}

/**
 * Tells why a command failed: on stderr, and with `--json` as the one document on stdout.
 * @returns the exit status
 */
export function reportFailure(error: unknown, argv: readonly string[]): number {
  if (error instanceof OutputClosed) return exitCodes.ok;
  const early = earlyExit(error);
  if (early !== undefined) return early;
  const known = classify(causeOf(error));
  const { exitCode } = describeError(known);
  if (wantsJson(argv)) {
    if (!hasDocument()) {
      process.stdout.write(`${jsonText({ error: failureDocument(known) }, 2)}\n`);
    }
    return exitCode;
  }
  tell(`coldstow: ${known.message} [${known.code}]`);
  if (known.hint !== "") tell(known.hint);
  if (known.retryAt !== undefined) tell(`Try again at ${known.retryAt}.`);
  if (isUnforeseen(error, known.code) || (wantsVerbose(argv) && known.code !== "E_USAGE")) {
    for (let next: unknown = error; next instanceof Error; next = next.cause) {
      tell(next.stack ?? String(next));
    }
  }
  return exitCode;
}
