import { ColdstowError, type ColdStorage, type ThawTier } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import type { Tariff } from "../tariff/index.ts";
import type { ThawChoices } from "./thaw-choices.ts";

/** A destination whose objects may be frozen, and how it is asked for them. */
export interface ColdDestination {
  readonly destination: OpenDestination;
  readonly cold: ColdStorage;
  readonly tier: ThawTier;
  /** The tier was named, so it is named to the place too. */
  readonly isTierNamed: boolean;
  readonly tariff: Tariff | undefined;
}

/**
 * Those of the destinations whose objects may be frozen, by id.
 * @throws {E_USAGE} if none of them has the tier that was named
 */
export function coldDestinations(
  destinations: readonly OpenDestination[],
  choices: Pick<ThawChoices, "tier" | "tariffs">,
): ReadonlyMap<number, ColdDestination> {
  const found = new Map<number, ColdDestination>();
  for (const destination of destinations) {
    const { cold, tariff } = destination.backend;
    if (cold === undefined) continue;
    const named = tierNamed(cold, choices.tier);
    found.set(destination.id, {
      destination,
      cold,
      tier: named ?? cold.terms.tiers[0],
      isTierNamed: named !== undefined,
      tariff: tariff === undefined ? undefined : choices.tariffs?.find(tariff),
    });
  }
  const all = [...found.values()];
  if (choices.tier !== undefined && all.length > 0 && !all.some((one) => one.isTierNamed)) {
    const known = all.map(
      ({ destination, cold }) =>
        `${destination.name} has ${cold.terms.tiers.map(({ name }) => name).join(", ")}`,
    );
    throw new ColdstowError(
      "E_USAGE",
      `There is no tier ${JSON.stringify(choices.tier)}: ${known.join("; ")}. Nothing was asked for.`,
      { subject: "--tier" },
    );
  }
  return found;
}

function tierNamed(cold: ColdStorage, name: string | undefined): ThawTier | undefined {
  if (name === undefined) return undefined;
  return cold.terms.tiers.find((tier) => tier.name.toLowerCase() === name.toLowerCase());
}
