import type { ProgressSink } from "@coldstow/contracts";

/** Where progress is shown: stderr, or something like it. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Shows what a library tells. */
export interface ProgressRenderer {
  readonly sink: ProgressSink;
  /** Ends what is being shown. May be called twice. */
  close(): void;
}
