import type { TarSink } from "./read-member.ts";

/** Remembers the stretch of a tar that is being skipped, until it is known where it ends. */
export class DamageLog {
  #start = -1;
  #reason = "";

  /** True while a stretch is open. */
  get isOpen(): boolean {
    return this.#start >= 0;
  }

  /** Opens a stretch at `offset`; one that is open already goes on, with the reason it began with. */
  open(offset: number, reason: string): void {
    if (this.isOpen) return;
    this.#start = offset;
    this.#reason = reason;
  }

  /** Ends the open stretch at `end` and tells the sink of it. */
  close(end: number, sink: TarSink): void {
    if (this.isOpen && end > this.#start) {
      sink.skipped({ offset: this.#start, lengthBytes: end - this.#start, reason: this.#reason });
    }
    this.#start = -1;
  }
}
