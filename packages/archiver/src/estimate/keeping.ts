import type { Catalogue } from "@coldstow/catalogue";
import { type Cost, keepingCost, leastKeepingCost } from "../tariff/index.ts";
import type { KnownPlace, PricedPlace } from "./priced-place.ts";

/** What a number of objects costs to keep; undefined where there is no price list. */
export interface KeepingPrices {
  readonly perMonth: Cost | undefined;
  readonly perYear: Cost | undefined;
  /** What is paid in any case, even if they are deleted at once. */
  readonly least: Cost | undefined;
}

/** What lies at a destination, and what it costs to keep it there. */
export interface PlaceKeeping extends PricedPlace, KeepingPrices {
  readonly state: KnownPlace["state"];
  /** Packs and copies of the catalogue. */
  readonly objects: number;
  readonly bytes: number;
  /** Of them, objects of another tool, whose size the catalogue does not know. */
  readonly objectsOfUnknownSize: number;
}

/** Prices of keeping objects by a price list. */
export function keepingPrices(
  { tariff }: PricedPlace,
  stored: { readonly objects: number; readonly bytes: number },
): KeepingPrices {
  if (tariff === undefined) return { perMonth: undefined, perYear: undefined, least: undefined };
  return {
    perMonth: keepingCost(tariff, stored),
    perYear: keepingCost(tariff, stored, 12),
    least: tariff.storage.minimumDays === 0 ? undefined : leastKeepingCost(tariff, stored),
  };
}

/** What each destination holds by the catalogue, those left behind with copies too. O(copies). */
export async function keepingOf(
  catalogue: Catalogue,
  places: readonly KnownPlace[],
): Promise<readonly PlaceKeeping[]> {
  const count = catalogue.driver.prepare(
    `SELECT count(*) AS objects, coalesce(sum(p.size), 0) AS bytes,
       count(*) FILTER (WHERE p.size IS NULL) AS unknown
     FROM copy c JOIN pack p ON p.id = c.pack
     WHERE c.destination = ? AND c.state IN ('stored', 'damaged')`,
  );
  const kept: PlaceKeeping[] = [];
  for (const { id, ...place } of places) {
    const row = count.get(id);
    const companions = await catalogue.catalogueCopies(id);
    const stored = {
      objects: Number(row?.["objects"]) + companions.length,
      bytes: Number(row?.["bytes"]) + companions.reduce((sum, one) => sum + one.sizeBytes, 0),
    };
    if (place.state === "removed" && stored.objects === 0) continue;
    kept.push({
      ...place,
      ...stored,
      objectsOfUnknownSize: Number(row?.["unknown"]),
      ...keepingPrices(place, stored),
    });
  }
  return kept;
}
