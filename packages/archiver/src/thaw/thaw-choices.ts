import type { Tariffs } from "../tariff/index.ts";
import type { Clock } from "./clock.ts";

/** What may be spent; in the currency of the prices where none is named. */
export interface Budget {
  /** In millionths of the currency's unit. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency?: string;
}

/** How frozen packs are to be asked for. */
export interface ThawChoices {
  /** The name of a tier of the destination; default: the destination's first. */
  readonly tier?: string;
  /** How long objects are to stay ready; default: as long as fetching them takes, and two days. */
  readonly days?: number;
  /** Nothing is asked for where the whole plan would cost more, or where its cost is not known. */
  readonly budget?: Budget;
  /** Waits until all is done, instead of ending when everything that is ready was restored. */
  readonly wait?: boolean;
  /** Price lists; without any no cost is known. */
  readonly tariffs?: Pick<Tariffs, "find">;
  /** The limit that copies from one destination share. */
  readonly bytesPerSecond?: number;
  readonly clock?: Clock;
}
