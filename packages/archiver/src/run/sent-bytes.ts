import type { ProgressSink } from "@coldstow/contracts";

const tellEveryMs = 200;

/** Tells how much was sent, and how many objects arrived, a few times a second while work is under way. */
export class SentBytes {
  #sent = 0;
  #arrived = 0;

  /** Counts one upload, whose own count may fall when a part is sent again. */
  counter(): (sentBytes: number) => void {
    let seen = 0;
    return (sentBytes) => {
      this.#sent += Math.max(0, sentBytes - seen);
      seen = Math.max(seen, sentBytes);
    };
  }

  arrived(): void {
    this.#arrived += 1;
  }

  /** Begins the stage `push`; returns how to end it. */
  show(progress: ProgressSink, totals: { totalBytes: number; totalItems: number }): () => void {
    progress({ type: "stage", stage: "push", ...totals });
    const [sent, arrived] = [this.#sent, this.#arrived];
    const tell = (): void => {
      const doneBytes = this.#sent - sent;
      const doneItems = this.#arrived - arrived;
      progress({ type: "advance", stage: "push", doneBytes, doneItems });
    };
    const ticker = setInterval(tell, tellEveryMs);
    return () => {
      clearInterval(ticker);
      tell();
    };
  }
}
