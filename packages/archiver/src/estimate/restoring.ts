import type { Catalogue, Selection } from "@coldstow/catalogue";
import { throwIfCancelled } from "@coldstow/contracts";
import { isOwnPlace, type StoredObjects } from "../tariff/index.ts";
import type { KnownPlace } from "./priced-place.ts";
import { type AskingOptions, type RetrievalOption, retrievalOptions } from "./retrieval-options.ts";

/** What a restore takes from one destination, if all is fetched there that it has. */
export interface PlaceRetrieval {
  readonly destination: string;
  /** Needed packs that it has. */
  readonly packs: number;
  /** Of whole packs. */
  readonly bytes: number;
  /** Needed packs that it has no good copy of. */
  readonly lacking: number;
  readonly options: readonly RetrievalOption[];
}

/** The part of a restore that comes from one destination. */
export interface CheapestPart extends RetrievalOption {
  readonly destination: string;
  readonly packs: number;
  readonly bytes: number;
}

export interface Restoring {
  readonly packs: number;
  readonly bytes: number;
  /** Needed packs that no destination has a good copy of. */
  readonly packsWithoutCopy: number;
  readonly places: readonly PlaceRetrieval[];
  /** Each pack from where it is cheapest, at the tier asked for. */
  readonly cheapest: readonly CheapestPart[];
}

interface Counter {
  objects: number;
  bytes: number;
}

/**
 * What fetching the packs of a selection takes, from each destination and from the cheapest.
 * O(needed packs · destinations) time; memory does not grow with the packs.
 */
export async function restoringOf(
  catalogue: Catalogue,
  selection: Selection,
  places: readonly KnownPlace[],
  options: AskingOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Restoring> {
  const inUse = places.filter(({ state }) => state === "active");
  const all = await survey(catalogue, selection, inUse, options.signal);
  const ranked = ranking(inUse, all.total, options);
  const chosen = await survey(catalogue, selection, ranked, options.signal, true);
  return {
    packs: all.total.objects,
    bytes: all.total.bytes,
    packsWithoutCopy: all.nowhere,
    places: inUse.map((place) => {
      const here = all.at.get(place.id) ?? { objects: 0, bytes: 0 };
      return {
        destination: place.destination,
        packs: here.objects,
        bytes: here.bytes,
        lacking: all.total.objects - here.objects,
        options: retrievalOptions(place, here, options),
      };
    }),
    cheapest: ranked.flatMap((place) => {
      const here = chosen.at.get(place.id);
      const [option] = here === undefined ? [] : retrievalOptions(place, here, options);
      if (here === undefined || option === undefined) return [];
      return [
        { destination: place.destination, packs: here.objects, bytes: here.bytes, ...option },
      ];
    }),
  };
}

interface Survey {
  readonly total: Counter;
  readonly nowhere: number;
  readonly at: ReadonlyMap<number, Counter>;
}

/** Counts the needed packs at every place that has them, or only at the first of the places that does. */
async function survey(
  catalogue: Catalogue,
  selection: Selection,
  places: readonly KnownPlace[],
  signal: AbortSignal | undefined,
  onlyFirst: boolean = false,
): Promise<Survey> {
  const total = { objects: 0, bytes: 0 };
  const at = new Map<number, Counter>();
  let nowhere = 0;
  let after: number | undefined;
  do {
    throwIfCancelled(signal);
    const page = await selection.neededPacks({ after });
    for (const pack of page.rows) {
      add(total, pack.objectBytes);
      const copies = await catalogue.copiesOfPack(pack.id);
      const good = new Set(
        copies.filter(({ state }) => state === "stored").map(({ destination }) => destination),
      );
      const having = places.filter(({ id }) => good.has(id));
      if (having.length === 0) nowhere += 1;
      for (const { id } of onlyFirst ? having.slice(0, 1) : having) {
        const counter = at.get(id) ?? { objects: 0, bytes: 0 };
        add(counter, pack.objectBytes);
        at.set(id, counter);
      }
    }
    after = page.next;
  } while (after !== undefined);
  return { total, nowhere, at };
}

function add(counter: Counter, bytes: number): void {
  counter.objects += 1;
  counter.bytes += bytes;
}

/**
 * Places in the order in which packs are taken from them: disks and servers of one's own for which no
 * price list is named, then by what all the packs would cost, last those whose
 * price list is not known. Amounts in different currencies are ordered as if they were the same.
 */
function ranking(
  places: readonly KnownPlace[],
  total: StoredObjects,
  options: AskingOptions,
): readonly KnownPlace[] {
  const price = (place: KnownPlace): number => {
    if (place.tariffId === undefined && isOwnPlace(place.scheme)) return -1;
    return retrievalOptions(place, total, options)[0]?.cost?.amount ?? Number.POSITIVE_INFINITY;
  };
  const prices = new Map(places.map((place) => [place.id, price(place)]));
  return places.toSorted((a, b) => order(prices.get(a.id), prices.get(b.id)));
}

function order(a: number = 0, b: number = 0): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
