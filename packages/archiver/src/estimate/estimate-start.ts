import { type PlanOptions, planStart, type PlannedPacks } from "../archive/plan-back-up.ts";
import type { ReadIni } from "../archive/read-ini.ts";
import {
  type Cost,
  requireTier,
  type StoredObjects,
  type Tariff,
  uploadCost,
} from "../tariff/index.ts";
import { type EstimateOptions, usedTariffs } from "./estimate-archive.ts";
import { keepingPrices, type KeepingPrices } from "./keeping.ts";
import { pricedPlace, type PricedPlace } from "./priced-place.ts";
import {
  type AskingOptions,
  defaultThawDays,
  type RetrievalOption,
  retrievalOptions,
} from "./retrieval-options.ts";

/** What objects cost at one destination, from first to last. */
export interface WayPrices extends KeepingPrices {
  /** Undefined where there is no price list. */
  readonly upload: Cost | undefined;
  /** Bringing all of it back, each tier. */
  readonly retrieval: readonly RetrievalOption[];
}

/** The prices of an archive that is not made yet, at one destination. */
export interface PlaceStart extends PricedPlace {
  readonly packs: WayPrices;
  /** The same files as one object each. */
  readonly single: WayPrices;
}

export interface StartEstimate {
  readonly name: string;
  /** Files to be stored, and their bytes. */
  readonly files: StoredObjects;
  /** Packs at most, and about their bytes, before compression. */
  readonly packs: StoredObjects;
  readonly packSizeBytes: number;
  readonly planned: readonly PlannedPacks[];
  readonly days: number;
  readonly places: readonly PlaceStart[];
  /** The price lists that were used. */
  readonly tariffs: readonly Tariff[];
}

// Tar headers with exact times, padding and a line of the manifest.
const bytesPerFile = 2048;

/**
 * Estimates what `startArchive` would make and cost: the tree is scanned, no destination is opened,
 * and nothing is made but a temporary folder.
 * @throws {E_USAGE} if no price list has the tier
 * @throws {E_NOT_FOUND} as `startArchive` does; that the archive is there already is no hindrance
 */
export async function estimateStart(
  options: PlanOptions & EstimateOptions & { readonly ini: ReadIni },
): Promise<StartEstimate> {
  const { ini, tariffs } = options;
  const { settings } = ini;
  const priced = settings.destinations.map((destination) => pricedPlace(destination, tariffs));
  requireTier(usedTariffs(priced), options.tier);
  const { files: count, bytes, packs: planned } = await planStart({ ...options, beside: true });
  const files = { objects: count, bytes };
  const packs = packedObjects(planned, settings.ciphered);
  const places = priced.map((place) => placeStart(place, packs, files, options));
  return {
    name: settings.name,
    files,
    packs,
    packSizeBytes: settings.packSizeBytes,
    planned,
    days: options.days ?? defaultThawDays,
    places,
    tariffs: usedTariffs(places),
  };
}

function placeStart(
  place: PricedPlace,
  packs: StoredObjects,
  files: StoredObjects,
  asking: AskingOptions,
): PlaceStart {
  const prices = (objects: StoredObjects): WayPrices => ({
    ...keepingPrices(place, objects),
    upload: place.tariff === undefined ? undefined : uploadCost(place.tariff, objects),
    retrieval: retrievalOptions(place, objects, asking),
  });
  return { ...place, packs: prices(packs), single: prices(files) };
}

/** About what the packs take: docs/formats/pack.md for the tar, 16 bytes for 64 KiB in the envelope. */
function packedObjects(planned: readonly PlannedPacks[], ciphered: boolean): StoredObjects {
  const packs = planned.reduce((sum, one) => sum + one.packs, 0);
  const tar = planned.reduce((sum, one) => sum + one.bytes + one.files * bytesPerFile, 0);
  return { objects: packs, bytes: tar + (ciphered ? Math.ceil(tar / 65_536) * 16 : 0) };
}
