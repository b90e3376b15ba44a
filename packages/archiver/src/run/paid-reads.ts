import type { OpenDestination } from "../archive/archive.ts";
import type { RunReport } from "./run-report.ts";

/** Sums up what a destination lacks and only another one has, where reading costs money. */
export class PaidReads {
  readonly #to: OpenDestination;
  readonly #report: RunReport;
  readonly #sums = new Map<string, { packs: number; bytes: number }>();

  constructor(to: OpenDestination, report: RunReport) {
    this.#to = to;
    this.#report = report;
  }

  add({ title }: OpenDestination, bytes: number): void {
    const sum = this.#sums.get(title) ?? { packs: 0, bytes: 0 };
    sum.packs += 1;
    sum.bytes += bytes;
    this.#sums.set(title, sum);
  }

  /** Tells it, and begins anew. */
  tell(): void {
    for (const [title, { packs, bytes }] of this.#sums) {
      const what = packs === 1 ? "1 pack" : `${packs} packs`;
      this.#report.warning(
        `${this.#to.title} lacks ${what} (${Math.ceil(bytes / 1e6)} MB) that only ${title} has, where reading costs money. Nothing was read there; coldstow resume --paid-reads copies them.`,
      );
    }
    this.#sums.clear();
  }
}
