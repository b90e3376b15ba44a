import { fromSystemError, type ProgressSink } from "@coldstow/contracts";
import type { DeleteFailure, DeleteReport } from "./deletion.ts";

const kept = 1000;

/** Counts what a deletion does and tells it. */
export class DeleteTally {
  copies = 0;
  bytes = 0;
  packs = 0;
  catalogueCopies = 0;
  failuresTotal = 0;
  readonly shared: string[] = [];
  readonly #failures: DeleteFailure[] = [];
  readonly #progress: ProgressSink;

  constructor(progress: ProgressSink) {
    this.#progress = progress;
  }

  deleted(sizeBytes: number): void {
    this.copies += 1;
    this.bytes += sizeBytes;
  }

  advance(): void {
    const { bytes: doneBytes, copies: doneItems } = this;
    this.#progress({ type: "advance", stage: "delete", doneBytes, doneItems });
  }

  /** @throws the error itself, if it is {E_CANCELLED} */
  failed(destination: string, key: string | undefined, error: unknown): void {
    const { code, message } = fromSystemError(error, "Deleting");
    if (code === "E_CANCELLED") throw error;
    this.failuresTotal += 1;
    if (this.#failures.length < kept) this.#failures.push({ key, destination, code, message });
    if (key === undefined) this.#progress({ type: "warning", code, message });
    else this.#progress({ type: "item", outcome: "failed", name: key, code, message });
  }

  report(): DeleteReport {
    const { copies, bytes, packs, catalogueCopies, shared, failuresTotal } = this;
    return {
      copies,
      bytes,
      packs,
      catalogueCopies,
      shared,
      failures: this.#failures,
      failuresTotal,
    };
  }
}
