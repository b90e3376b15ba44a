import type { JobPackGroup } from "@coldstow/catalogue";
import { ColdstowError } from "@coldstow/contracts";
import { exceeds, type Money, moneyText, retrievalCost } from "../tariff/index.ts";
import type { ColdDestination } from "./cold-destination.ts";
import type { Budget } from "./thaw-choices.ts";
import { daysFor } from "./wave-size.ts";

/** What a restore takes from one destination whose packs are frozen. */
export interface ThawPlanPart {
  /** As in the ini. */
  readonly destination: string;
  readonly title: string;
  readonly packs: number;
  readonly bytes: number;
  /** Of these, what is still to be asked for. */
  readonly frozenPacks: number;
  readonly frozenBytes: number;
  readonly tier: string;
  /** The longest wait that the place states for a wave. */
  readonly hours: number;
  /** For how many days packs are asked to stay ready; absent where the place fixes it. */
  readonly days?: number;
  /** In millionths of the currency's unit; absent where no price list fits. */
  readonly cost?: Money;
}

/** The plan by destination, from what a job has noted. */
export function planParts(
  groups: readonly JobPackGroup[],
  cold: ReadonlyMap<number, ColdDestination>,
  speed: (destination: ColdDestination) => number,
  days: number | undefined,
): readonly ThawPlanPart[] {
  const parts: ThawPlanPart[] = [];
  for (const [id, one] of cold) {
    const own = groups.filter(({ destination }) => destination === id);
    const all = sumOf(own);
    if (all.packs === 0) continue;
    const frozen = sumOf(own.filter(({ state }) => state === "planned"));
    const part = {
      destination: one.destination.name,
      title: one.destination.title,
      ...all,
      frozenPacks: frozen.packs,
      frozenBytes: frozen.bytes,
      tier: one.tier.name,
      hours: one.tier.hours,
      ...daysOf(one, all.bytes, speed(one), days),
    };
    parts.push({ ...part, ...costOfPart(one, part) });
  }
  return parts;
}

/** For how long to ask; nothing where the place fixes it. */
export function daysOf(
  { cold }: ColdDestination,
  bytes: number,
  bytesPerSecond: number,
  days: number | undefined,
): { readonly days?: number } {
  if (cold.terms.readyHours !== undefined) return {};
  return { days: days ?? daysFor(bytes, bytesPerSecond) };
}

/** Packs and bytes of groups together. */
export function sumOf(groups: readonly JobPackGroup[]): {
  readonly packs: number;
  readonly bytes: number;
} {
  return groups.reduce(
    (sum, { packs, bytes }) => ({ packs: sum.packs + packs, bytes: sum.bytes + bytes }),
    { packs: 0, bytes: 0 },
  );
}

function costOfPart(
  { cold, tariff, tier }: ColdDestination,
  { packs, bytes, days }: Pick<ThawPlanPart, "packs" | "bytes" | "days">,
): { readonly cost?: Money } {
  if (tariff === undefined) return {};
  const { tiers } = tariff;
  // A price list that does not know the tier says nothing of its price.
  if (!tiers.some(({ name }) => name.toLowerCase() === tier.name.toLowerCase())) return {};
  const hours = cold.terms.readyHours;
  const { amount, currency } = retrievalCost(tariff, {
    requests: packs,
    bytes,
    tier: tier.name,
    ...(days !== undefined && { days }),
    ...(hours !== undefined && { hours }),
  });
  return { cost: { amount, currency } };
}

/** The cost of all parts together; undefined where one is unknown or the currencies differ. */
export function costOfPlan(parts: readonly ThawPlanPart[]): Money | undefined {
  const [first] = parts;
  if (first?.cost === undefined) return undefined;
  const { currency } = first.cost;
  let amount = 0;
  for (const { cost } of parts) {
    if (cost?.currency !== currency) return undefined;
    amount += cost.amount;
  }
  return { amount, currency };
}

/**
 * Refuses a plan that costs more than may be spent. One of which nothing is left to ask for is fine.
 * @throws {E_BUDGET} naming both figures; also where the cost is not known
 * @throws {E_USAGE} if the budget is in another currency
 */
export function checkBudget(parts: readonly ThawPlanPart[], budget: Budget | undefined): void {
  if (budget === undefined || parts.every(({ frozenPacks }) => frozenPacks === 0)) return;
  const cost = costOfPlan(parts);
  const { amount } = budget;
  if (cost === undefined) {
    const unknown = parts.filter((part) => part.cost === undefined);
    const names = (unknown.length === 0 ? parts : unknown).map(({ destination }) => destination);
    const allowed =
      budget.currency === undefined
        ? "A budget"
        : `A budget of ${moneyText({ amount, currency: budget.currency })}`;
    throw new ColdstowError(
      "E_BUDGET",
      `${allowed} was given, but what thawing at ${names.join(", ")} costs is not known. Nothing was asked for.`,
      { hint: "Name a price list in the destination's settings (tariff), or leave --budget out." },
    );
  }
  const limit = { amount, currency: budget.currency ?? cost.currency };
  if (!exceeds(cost, limit)) return;
  throw new ColdstowError(
    "E_BUDGET",
    `Thawing and fetching would cost about ${moneyText(cost)}, more than the budget of ${moneyText(limit)}. Nothing was asked for.`,
  );
}
