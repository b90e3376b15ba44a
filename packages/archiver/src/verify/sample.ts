import { hash } from "node:crypto";
import type { SqlDriver } from "@coldstow/catalogue";

const defaultShare = 0.05;

/** Chooses packs at random, the same ones for the same seed. */
export class Sample {
  readonly seed: string;
  readonly #below: number;

  /** @param share above 0 and at most 1; one pack at least is chosen where there is one. O(packs) */
  constructor(driver: SqlDriver, seed: string, share: number = defaultShare) {
    this.seed = seed;
    let lowest = Number.POSITIVE_INFINITY;
    for (const row of driver.prepare("SELECT key FROM pack WHERE state = 'stored'").iterate()) {
      lowest = Math.min(lowest, this.#place(String(row["key"])));
    }
    this.#below = Math.max(share, lowest + Number.EPSILON);
  }

  has(key: string): boolean {
    return this.#place(key) < this.#below;
  }

  /** A number from 0 to below 1 that only seed and key decide. */
  #place(key: string): number {
    return hash("sha256", `${this.seed}\n${key}`, "buffer").readUInt32BE(0) / 2 ** 32;
  }
}
