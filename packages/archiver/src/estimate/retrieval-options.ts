import { type Cost, retrievalCost, type StoredObjects, tariffTier } from "../tariff/index.ts";
import type { PricedPlace } from "./priced-place.ts";

/** How objects are asked for. */
export interface AskingOptions {
  /** Default: each price list's first. */
  readonly tier?: string | undefined;
  /** How long thawed copies are kept; default {@link defaultThawDays}. */
  readonly days?: number | undefined;
}

/** How long thawed copies are kept where nobody says it. */
export const defaultThawDays: number = 7;

/** One way to get objects back from a place. */
export interface RetrievalOption {
  /** Undefined where objects are not cold, or nothing is known. */
  readonly tier: string | undefined;
  /** The longest wait that the provider states; undefined where nothing is known. */
  readonly hours: number | undefined;
  /** Undefined where there is no price list. */
  readonly cost: Cost | undefined;
}

/**
 * The ways to get objects back from a place: each tier of its price list, or the one asked for.
 * A place whose price list lacks that tier is asked by its first.
 */
export function retrievalOptions(
  { tariff }: PricedPlace,
  { objects, bytes }: StoredObjects,
  { tier, days = defaultThawDays }: AskingOptions,
): readonly RetrievalOption[] {
  if (tariff === undefined) return [{ tier: undefined, hours: undefined, cost: undefined }];
  const wanted = { requests: objects, bytes, days };
  if (tariff.tiers.length === 0) {
    return [{ tier: undefined, hours: 0, cost: retrievalCost(tariff, wanted) }];
  }
  const named = tariff.tiers.find(({ name }) => name.toLowerCase() === tier?.toLowerCase());
  const asked = tier === undefined ? tariff.tiers : [named ?? tariffTier(tariff)];
  return asked.flatMap((one) =>
    one === undefined
      ? []
      : [
          {
            tier: one.name,
            hours: one.hours,
            cost: retrievalCost(tariff, { ...wanted, tier: one.name }),
          },
        ],
  );
}
