import { fromSystemError, type ItemOutcome, type ProgressSink } from "@coldstow/contracts";
import type { Finding, Problem, Unchecked } from "./verification.ts";

const kept = 1000;

const outcomes: Readonly<Record<Problem, ItemOutcome>> = {
  missing: "missing",
  truncated: "damaged",
  damaged: "damaged",
  swapped: "damaged",
  foreign: "damaged",
  "unknown object": "skipped",
  catalogue: "damaged",
};

/** Gathers what a verification finds, tells each once, and keeps the first thousand. */
export class VerifyFindings {
  readonly findings: Finding[] = [];
  readonly unchecked: Unchecked[] = [];
  readonly notes: string[] = [];
  findingsTotal = 0;
  uncheckedTotal = 0;
  filesAffected = 0;
  readonly #progress: ProgressSink;

  constructor(progress: ProgressSink) {
    this.#progress = progress;
  }

  add(finding: Finding): void {
    this.findingsTotal += 1;
    this.filesAffected += finding.filesAffected;
    if (this.findings.length < kept) this.findings.push(finding);
    this.#progress({
      type: "item",
      outcome: outcomes[finding.problem],
      name: finding.key,
      code: finding.code,
      message: finding.message,
    });
  }

  /** Something that an error kept from being looked at. @throws it, if it is {E_CANCELLED} */
  couldNotCheck(destination: string, key: string | undefined, error: unknown): void {
    const { code, message } = fromSystemError(error, "Verifying");
    if (code === "E_CANCELLED") throw error;
    this.uncheckedTotal += 1;
    if (this.unchecked.length < kept) this.unchecked.push({ key, destination, code, message });
    const what = key === undefined ? destination : `${key} at ${destination}`;
    this.#progress({ type: "warning", code, message: `${what} was not checked: ${message}` });
  }

  note(message: string): void {
    this.notes.push(message);
    this.#progress({ type: "warning", message });
  }
}
