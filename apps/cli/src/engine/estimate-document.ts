import {
  type ArchiveEstimate,
  type CheapestPart,
  type Cost,
  type KeepingPrices,
  type PlaceKeeping,
  type PlaceRetrieval,
  type PlaceStart,
  type PricedPlace,
  type RetrievalOption,
  type StartEstimate,
  type WayPrices,
} from "@coldstow/archiver";

function costDocument(cost: Cost | undefined): object | null {
  if (cost === undefined) return null;
  return {
    amountMillionths: cost.amount,
    currency: cost.currency,
    items: cost.items.map(({ what, amount }) => ({ what, amountMillionths: amount })),
  };
}

function placeDocument({ destination, scheme, tariffId, tariff }: PricedPlace): object {
  return { destination, scheme, tariff: tariffId ?? null, hasPriceList: tariff !== undefined };
}

function keepingDocument({ perMonth, perYear, least }: KeepingPrices): object {
  return {
    perMonth: costDocument(perMonth),
    perYear: costDocument(perYear),
    least: costDocument(least),
  };
}

function optionDocument({ tier, hours, cost }: RetrievalOption): object {
  return { tier: tier ?? null, hours: hours ?? null, cost: costDocument(cost) };
}

function kept(place: PlaceKeeping): object {
  return {
    ...placeDocument(place),
    state: place.state,
    objects: place.objects,
    bytes: place.bytes,
    objectsOfUnknownSize: place.objectsOfUnknownSize,
    ...keepingDocument(place),
  };
}

function retrieved({ options, ...place }: PlaceRetrieval): object {
  return { ...place, options: options.map(optionDocument) };
}

function cheapestPart({ destination, packs, bytes, ...option }: CheapestPart): object {
  return { destination, packs, bytes, ...optionDocument(option) };
}

/** The estimate of an archive for `--json`; amounts are whole numbers of millionths of the currency's unit. */
export function archiveEstimateDocument(archive: string, estimate: ArchiveEstimate): object {
  const { keeping, restoring, tariffs } = estimate;
  return {
    archive,
    keeping: keeping.map(kept),
    restoring: {
      ...restoring,
      places: restoring.places.map(retrieved),
      cheapest: restoring.cheapest.map(cheapestPart),
    },
    tariffs,
  };
}

function wayDocument({ upload, retrieval, ...keeping }: WayPrices): object {
  return {
    upload: costDocument(upload),
    ...keepingDocument(keeping),
    retrieval: retrieval.map(optionDocument),
  };
}

function started({ packs, single, ...place }: PlaceStart): object {
  return {
    ...placeDocument(place),
    packs: wayDocument(packs),
    oneObjectPerFile: wayDocument(single),
  };
}

/** The estimate of an archive to be made, for `--json`. */
export function startEstimateDocument(ini: string, estimate: StartEstimate): object {
  const { places, ...rest } = estimate;
  return { ini, ...rest, places: places.map(started) };
}
