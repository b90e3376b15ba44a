/** The state of an archived object, in the words of OVH's `X-Ovh-Retrieval-State`. */
export type RetrievalState = "sealed" | "unsealing" | "unsealed";

export interface SealingTimes {
  /** How long the first request for an object takes. */
  readonly unsealSeconds: number;
  /** How long it stays unsealed afterwards. */
  readonly windowSeconds: number;
}

interface Retrieval {
  readonly readyAt: number;
  readonly readyUntil: number;
}

/**
 * Which objects are sealed, by a clock that stands still until it is advanced. An object that was
 * never asked for is sealed; one that is asked for again within a window of its last one takes
 * twice as long.
 */
export class RetrievalStates {
  readonly #times: SealingTimes;
  readonly #retrievals: Map<string, Retrieval> = new Map();
  #nowSeconds = 0;

  constructor(times: SealingTimes) {
    this.#times = times;
  }

  advance(seconds: number): void {
    this.#nowSeconds += seconds;
  }

  state(name: string): RetrievalState {
    const retrieval = this.#retrievals.get(name);
    if (retrieval === undefined || this.#nowSeconds >= retrieval.readyUntil) return "sealed";
    return this.#nowSeconds < retrieval.readyAt ? "unsealing" : "unsealed";
  }

  /** Seconds until an object that is being unsealed can be read; undefined in other states. */
  delaySeconds(name: string): number | undefined {
    const retrieval = this.#retrievals.get(name);
    return retrieval !== undefined && this.state(name) === "unsealing"
      ? retrieval.readyAt - this.#nowSeconds
      : undefined;
  }

  /** Seconds until an object that is unsealed, or will be, is sealed again; 0 for a sealed one. */
  secondsUntilSealed(name: string): number {
    const retrieval = this.#retrievals.get(name);
    return retrieval === undefined ? 0 : Math.max(0, retrieval.readyUntil - this.#nowSeconds);
  }

  /** What a read does: the seconds it still takes, or undefined where the object can be read. */
  ask(name: string): number | undefined {
    const state = this.state(name);
    if (state === "unsealed") return undefined;
    if (state === "sealed") {
      const { unsealSeconds, windowSeconds } = this.#times;
      const last = this.#retrievals.get(name);
      const soon = last !== undefined && this.#nowSeconds < last.readyUntil + windowSeconds;
      const readyAt = this.#nowSeconds + unsealSeconds * (soon ? 2 : 1);
      this.#retrievals.set(name, { readyAt, readyUntil: readyAt + windowSeconds });
    }
    return this.delaySeconds(name);
  }

  /** The object was written anew or deleted. */
  forget(name: string): void {
    this.#retrievals.delete(name);
  }
}
