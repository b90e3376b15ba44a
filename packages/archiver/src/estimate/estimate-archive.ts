import type { SelectionTotals } from "@coldstow/catalogue";
import { withCatalogueCopy } from "../archive/catalogue-copy.ts";
import { selectionFor } from "../restore/selection-for.ts";
import { requireTier, type Tariff, type Tariffs } from "../tariff/index.ts";
import { keepingOf, type PlaceKeeping } from "./keeping.ts";
import { knownPlaces, type PricedPlace } from "./priced-place.ts";
import { type Restoring, restoringOf } from "./restoring.ts";
import { type AskingOptions, defaultThawDays } from "./retrieval-options.ts";

export interface EstimateOptions extends AskingOptions {
  readonly tariffs: Tariffs;
  readonly signal?: AbortSignal;
}

/** What an archive costs to keep, and what a restore would cost. */
export interface ArchiveEstimate {
  readonly keeping: readonly PlaceKeeping[];
  readonly restoring: Restoring & {
    readonly run: number;
    readonly days: number;
    readonly selected: SelectionTotals;
  };
  /** The price lists that were used. */
  readonly tariffs: readonly Tariff[];
}

/**
 * Estimates from a copy of the catalogue alone: no destination is opened, nothing is asked for.
 * O(selected files + copies) time.
 * @throws {E_NOT_FOUND} if a path was not there, or there was no such run
 * @throws {E_USAGE} if no price list has the tier
 * @throws {E_LOCKED} if another process works on the archive
 */
export async function estimateArchive(
  options: EstimateOptions & {
    readonly path: string;
    readonly run?: number | undefined;
    readonly select?: readonly string[] | undefined;
  },
): Promise<ArchiveEstimate> {
  return withCatalogueCopy(options.path, async (catalogue) => {
    const places = await knownPlaces(catalogue, options.tariffs);
    requireTier(usedTariffs(places), options.tier);
    const keeping = await keepingOf(catalogue, places);
    const selection = await selectionFor(catalogue, options.select, options.run);
    try {
      const restoring = await restoringOf(catalogue, selection, places, options);
      const run = options.run ?? (await catalogue.newestRun());
      const days = options.days ?? defaultThawDays;
      const selected = await selection.totals();
      return {
        keeping,
        restoring: { run, days, selected, ...restoring },
        tariffs: usedTariffs(keeping),
      };
    } finally {
      await selection.close();
    }
  });
}

/** The price lists of the places, each once. */
export function usedTariffs(places: readonly PricedPlace[]): readonly Tariff[] {
  const used = new Map<string, Tariff>();
  for (const { tariff } of places) if (tariff !== undefined) used.set(tariff.id, tariff);
  return [...used.values()];
}
