import { ColdstowError } from "@coldstow/contracts";
import { charge } from "./charge.ts";
import { type Cost, costOf } from "./money.ts";
import { type Tariff, type TariffTier, unitBytes } from "./tariff.ts";

/** What is brought back from one destination. */
export interface Retrieval {
  /** Objects: each is asked for once and fetched once. */
  readonly requests: number;
  /** Of the objects, whole. */
  readonly bytes: number;
  /** Default: the tariff's first. */
  readonly tier?: string | undefined;
  /** How long thawed copies are kept. */
  readonly days?: number | undefined;
  /** How long they are kept where the place fixes it; whole days are charged. */
  readonly hours?: number | undefined;
}

/**
 * The tier of a tariff by its name, in any case; undefined where its objects are not cold.
 * @throws {E_CONFIG} naming the tiers that there are
 */
export function tariffTier(tariff: Tariff, name?: string): TariffTier | undefined {
  if (name === undefined || tariff.tiers.length === 0) return tariff.tiers[0];
  const tier = tariff.tiers.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (tier !== undefined) return tier;
  const known = tariff.tiers.map((one) => one.name).join(", ");
  throw new ColdstowError("E_CONFIG", `The price list ${tariff.id} has no tier ${name}.`, {
    subject: name,
    hint: `Its tiers are ${known}.`,
  });
}

/**
 * Refuses a tier that none of the tariffs has, where any of them has tiers.
 * @throws {E_USAGE} naming the tiers that there are
 */
export function requireTier(tariffs: readonly Tariff[], name: string | undefined): void {
  const known = new Set(tariffs.flatMap(({ tiers }) => tiers.map((one) => one.name)));
  const wanted = name?.toLowerCase();
  if (wanted === undefined || known.size === 0) return;
  if ([...known].some((one) => one.toLowerCase() === wanted)) return;
  throw new ColdstowError("E_USAGE", `No price list of this archive has a tier ${name}.`, {
    subject: name ?? "",
    hint: `Their tiers are ${[...known].join(", ")}.`,
  });
}

/**
 * What it costs to thaw and to fetch objects, without tax. The free egress of a month counts as
 * unused. Never less for more objects, bytes or days.
 * @throws {E_CONFIG} if the tariff has no such tier
 */
export function retrievalCost(tariff: Tariff, retrieval: Retrieval): Cost {
  const { requests, bytes } = retrieval;
  const unit = unitBytes(tariff);
  const tier = tariffTier(tariff, retrieval.tier);
  const days = retrieval.days ?? Math.ceil((retrieval.hours ?? 0) / 24);
  const fetched = Math.max(0, bytes - tariff.egress.freePerMonth * unit);
  const thaw =
    tier === undefined
      ? []
      : [
          { what: "requests", amount: charge(tier.request, requests, 1000) },
          { what: "retrieval", amount: charge(tier.retrieval, bytes, unit) },
          {
            what: "thawed copies",
            amount: charge(
              tariff.restoredCopyPerDay,
              BigInt(bytes) * BigInt(Math.ceil(days)),
              unit,
            ),
          },
        ];
  return costOf(tariff.currency, [
    ...thaw,
    { what: "reading", amount: charge(tariff.requests.get, requests, 1000) },
    { what: "egress", amount: charge(tariff.egress.price, fetched, unit) },
  ]);
}
