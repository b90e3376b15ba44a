/** What happens to a request instead of its usual way. */
export type FaultAct =
  /** The request's body is read and dropped, and this is the answer. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Nothing is read of the body and nothing is ever answered. */
  | { readonly kind: "stall" }
  /** The connection breaks at once. */
  | { readonly kind: "reset" }
  /** The answer's body breaks off after so many bytes. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** The answer's body falls silent after so many bytes. */
  | { readonly kind: "freeze"; readonly afterBytes: number }
  /** The target does its work, and its answer carries these headers. */
  | { readonly kind: "amend"; readonly headers: Readonly<Record<string, string>> };

export interface Fault {
  /** Every method if not given. */
  readonly method?: string;
  /** Matched against the path and query; every one if not given. */
  readonly path?: RegExp;
  /** How many matching requests pass first; 0 if not given. */
  readonly skip?: number;
  /** How many requests it meets; 1 if not given. */
  readonly times?: number;
  readonly act: FaultAct;
}

/** Faults that wait for their requests. */
export class FaultQueue {
  readonly #waiting: { readonly fault: Fault; skip: number; times: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
  }

  take(method: string, path: string): FaultAct | undefined {
    for (const entry of this.#waiting) {
      const { fault } = entry;
      if (entry.times <= 0 || (fault.method !== undefined && fault.method !== method)) continue;
      if (fault.path !== undefined && !fault.path.test(path)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.times -= 1;
      return fault.act;
    }
    return undefined;
  }
}
