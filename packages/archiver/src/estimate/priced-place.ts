import type { Catalogue, Destination } from "@coldstow/catalogue";
import { isColdstowError } from "@coldstow/contracts";
import type { DestinationSettings } from "../settings/archive-settings.ts";
import { readSettings } from "../settings/read-settings.ts";
import { destinationTariff, type Tariff, type Tariffs } from "../tariff/index.ts";

/** A destination with its price list. */
export interface PricedPlace {
  readonly destination: string;
  readonly scheme: string;
  /** The price list that its settings name; undefined where they name none. */
  readonly tariffId: string | undefined;
  /** Undefined where there is none of that name, or none is named. */
  readonly tariff: Tariff | undefined;
}

/** A destination of a catalogue with its price list. */
export interface KnownPlace extends PricedPlace {
  readonly id: number;
  readonly state: Destination["state"];
}

/** Finds the price list of a destination by its settings; nothing is opened. */
export function pricedPlace(
  { name, scheme, settings }: Pick<DestinationSettings, "name" | "scheme" | "settings">,
  tariffs: Tariffs,
): PricedPlace {
  const tariffId = destinationTariff(scheme, settings);
  return {
    destination: name,
    scheme,
    tariffId,
    tariff: tariffId === undefined ? undefined : tariffs.find(tariffId),
  };
}

/** The destinations of an archive, by the settings that it keeps now. */
export async function knownPlaces(
  catalogue: Catalogue,
  tariffs: Tariffs,
): Promise<readonly KnownPlace[]> {
  const kept = await keptDestinations(catalogue);
  const known = (row: Destination): KnownPlace => ({
    ...pricedPlace(kept.get(row.name) ?? row, tariffs),
    id: row.id,
    state: row.state,
  });
  return (await catalogue.destinations()).map(known);
}

async function keptDestinations(
  catalogue: Catalogue,
): Promise<ReadonlyMap<string, DestinationSettings>> {
  const text = await catalogue.meta("config");
  if (text === undefined) return new Map();
  try {
    const { destinations } = readSettings(text).settings;
    return new Map(destinations.map((one) => [one.name, one]));
  } catch (error) {
    // What the catalogue noted when the destination was last used will do.
    if (isColdstowError(error) && error.code === "E_CONFIG") return new Map();
    throw error;
  }
}
