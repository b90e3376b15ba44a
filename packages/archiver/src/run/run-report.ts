import {
  displayPath,
  type ErrorCode,
  type ItemOutcome,
  type ProgressSink,
} from "@coldstow/contracts";

/** Figures of a run, for its summary and the catalogue. */
export interface RunFigures {
  run: number;
  filesStored: number;
  bytesStored: number;
  filesLinked: number;
  filesUnchanged: number;
  bytesUnchanged: number;
  entriesDeleted: number;
  packs: number;
  /** Of the objects as they are stored, one copy counted. */
  packBytes: number;
  /** Files that could not be stored, or not as they should. */
  problems: number;
  /** Sockets, pipes, devices. */
  leftOut: number;
}

/** Counts what a run does and tells each problem once. */
export class RunReport {
  readonly figures: RunFigures = {
    run: 0,
    filesStored: 0,
    bytesStored: 0,
    filesLinked: 0,
    filesUnchanged: 0,
    bytesUnchanged: 0,
    entriesDeleted: 0,
    packs: 0,
    packBytes: 0,
    problems: 0,
    leftOut: 0,
  };
  readonly #progress: ProgressSink;

  constructor(progress: ProgressSink) {
    this.#progress = progress;
  }

  item(path: string, outcome: ItemOutcome, message: string, code?: ErrorCode): void {
    if (outcome === "left-out") this.figures.leftOut += 1;
    else this.figures.problems += 1;
    this.#progress({
      type: "item",
      outcome,
      name: displayPath(path),
      message,
      ...(code && { code }),
    });
  }

  warning(message: string, code?: ErrorCode): void {
    this.#progress({ type: "warning", message, ...(code && { code }) });
  }
}
