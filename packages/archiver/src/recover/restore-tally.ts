import { displayPath, type ProgressSink } from "@coldstow/contracts";
import type { NameOutcome } from "../restore/restore-job.ts";
import { describeDamagedFile, type ContentOutcome, type DamagedFile } from "./content-writer.ts";

/** What a restore past damage led to. */
export interface RestoreFigures {
  /** Files and links that are whole. */
  readonly restored: number;
  /** There already, with the same size and time. */
  readonly unchanged: number;
  /** Files of which a part is lost; what is left lies under another name. */
  readonly damaged: number;
  /** Files of which nothing is left. */
  readonly missing: number;
  /** Something else is in their place, and it was kept. */
  readonly skipped: number;
  /** Impossible to write here. */
  readonly failed: number;
  readonly packsDamaged: number;
  readonly packsMissing: number;
}

/** Counts what becomes of files and packs, and tells each that is not well once. */
export class RestoreTally {
  readonly #progress: ProgressSink;
  readonly #onDamagedFile: ((file: DamagedFile) => void) | undefined;
  readonly #figures: { -readonly [Figure in keyof RestoreFigures]: number } = {
    restored: 0,
    unchanged: 0,
    damaged: 0,
    missing: 0,
    skipped: 0,
    failed: 0,
    packsDamaged: 0,
    packsMissing: 0,
  };
  #doneBytes = 0;

  constructor(progress: ProgressSink, onDamagedFile: ((file: DamagedFile) => void) | undefined) {
    this.#progress = progress;
    this.#onDamagedFile = onDamagedFile;
  }

  get result(): RestoreFigures {
    return this.#figures;
  }

  begin(totalBytes: number, totalItems: number): void {
    this.#progress({ type: "stage", stage: "restore", totalBytes, totalItems });
  }

  advance(bytes: number, current: string): void {
    this.#doneBytes += bytes;
    const doneItems = this.#figures.restored + this.#figures.unchanged;
    const doneBytes = this.#doneBytes;
    this.#progress({ type: "advance", stage: "restore", doneBytes, doneItems, current });
  }

  pack(key: string, outcome: "damaged" | "missing", message: string): void {
    this.#figures[outcome === "damaged" ? "packsDamaged" : "packsMissing"] += 1;
    this.#progress({ type: "item", outcome, name: key, message });
  }

  content({ outcomes, damaged }: ContentOutcome): void {
    for (const outcome of outcomes) this.name(outcome);
    for (const file of damaged) this.damaged(file);
  }

  damaged(file: DamagedFile): void {
    const outcome = file.savedAs === undefined ? "missing" : "damaged";
    this.#figures[outcome] += 1;
    const savedAs = file.savedAs === undefined ? undefined : displayPath(file.savedAs);
    const message = describeDamagedFile({ ...file, savedAs });
    const name = displayPath(file.path);
    this.#progress({ type: "item", outcome, name, code: "E_FIXITY", message });
    this.#onDamagedFile?.(file);
  }

  name({ path, outcome, code, message }: NameOutcome): void {
    if (outcome === "restored" || outcome === "unchanged") {
      this.#figures[outcome] += 1;
      return;
    }
    this.#figures[outcome === "skipped" ? "skipped" : "failed"] += 1;
    this.#progress({
      type: "item",
      outcome,
      name: displayPath(path),
      ...(code && { code }),
      ...(message !== undefined && { message }),
    });
  }
}
