import type { Clock } from "./clock.ts";

/** Shorter times say little of how fast a place is. */
const leastMs = 1000;

interface Reading {
  active: number;
  sinceMs: number;
  busyMs: number;
  bytes: number;
}

/** Measures how fast packs come from each destination, however many come at once. */
export class FetchMeter {
  readonly #clock: Clock;
  readonly #readings = new Map<string, Reading>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that a fetch begins. @returns what notes its end, with the bytes that came */
  begin(destination: string): (bytes: number) => void {
    const reading = this.#readings.get(destination) ?? {
      active: 0,
      sinceMs: 0,
      busyMs: 0,
      bytes: 0,
    };
    this.#readings.set(destination, reading);
    if (reading.active === 0) reading.sinceMs = this.#clock.now();
    reading.active += 1;
    return (bytes) => {
      reading.bytes += bytes;
      reading.active -= 1;
      if (reading.active === 0) reading.busyMs += this.#clock.now() - reading.sinceMs;
    };
  }

  /** Bytes a second by destination, of those that were watched long enough. */
  rates(): Readonly<Record<string, number>> {
    const rates: Record<string, number> = {};
    for (const [name, { active, sinceMs, busyMs, bytes }] of this.#readings) {
      const ms = busyMs + (active > 0 ? this.#clock.now() - sinceMs : 0);
      if (ms >= leastMs && bytes > 0) rates[name] = Math.round((bytes / ms) * 1000);
    }
    return rates;
  }
}
