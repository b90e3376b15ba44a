import { objectKey, type ThawState } from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import { retrievalCost } from "../tariff/index.ts";
import { askStates, type ColdAnswer } from "./ask-states.ts";
import type { ColdDestination } from "./cold-destination.ts";

/** A pack for which a copy is to be chosen. */
export interface ChoicePack {
  readonly id: number;
  readonly key: string;
  readonly objectBytes: number;
}

/**
 * Which copy of a pack is read: one that needs no thawing; the cold one that is ready soonest, and
 * of those the cheapest; or none.
 */
export type CopyChoice =
  | { readonly kind: "warm"; readonly from: OpenDestination }
  | { readonly kind: "cold"; readonly from: ColdDestination; readonly state: ThawState }
  | { readonly kind: "none" };

export interface ChoiceContext {
  readonly archive: Archive;
  readonly cold: ReadonlyMap<number, ColdDestination>;
  /** Destinations whose copy of a pack turned out to be no good. */
  readonly without: (pack: number) => ReadonlySet<number>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Chooses a copy for each pack of a page. Only states are asked, and only where no copy can be read
 * without: nothing is read, nothing is thawed.
 */
export async function chooseCopies(
  context: ChoiceContext,
  packs: readonly ChoicePack[],
): Promise<ReadonlyMap<number, CopyChoice>> {
  const choices = new Map<number, CopyChoice>();
  const candidates = new Map<number, ColdDestination[]>();
  const toAsk = new Map<ColdDestination, string[]>();
  for (const pack of packs) {
    const good = await goodCopies(context, pack.id);
    const from = await withinReach(context, good, pack.key);
    if (from !== undefined) {
      choices.set(pack.id, { kind: "warm", from });
      continue;
    }
    const cold = good.flatMap(({ id }) => context.cold.get(id) ?? []);
    candidates.set(pack.id, cold);
    for (const one of cold) toAsk.set(one, [...(toAsk.get(one) ?? []), pack.key]);
  }
  const states = new Map<ColdDestination, ReadonlyMap<string, ColdAnswer>>();
  for (const [one, keys] of toAsk) {
    states.set(one, await askStates(one.cold, keys.map(objectKey), context.signal));
  }
  for (const pack of packs) {
    if (choices.has(pack.id)) continue;
    choices.set(pack.id, bestOf(pack, candidates.get(pack.id) ?? [], states));
  }
  return choices;
}

async function goodCopies(
  { archive, without }: ChoiceContext,
  pack: number,
): Promise<readonly OpenDestination[]> {
  const bad = without(pack);
  const copies = await archive.catalogue.copiesOfPack(pack);
  const stored = new Set(
    copies.filter(({ state }) => state === "stored").map(({ destination }) => destination),
  );
  return archive.destinations.filter(({ id }) => stored.has(id) && !bad.has(id));
}

/** A copy that can be read as it is; a file of this machine is looked at, because that is free. */
async function withinReach(
  { cold }: ChoiceContext,
  copies: readonly OpenDestination[],
  key: string,
): Promise<OpenDestination | undefined> {
  for (const one of copies) {
    if (cold.has(one.id)) continue;
    if (one.backend.staged === undefined) return one;
    const there = await one.backend.stat(objectKey(key)).catch(() => undefined);
    if (there !== undefined) return one;
  }
  return undefined;
}

const order = { ready: 0, thawing: 1, frozen: 2 } as const;

function bestOf(
  pack: ChoicePack,
  candidates: readonly ColdDestination[],
  states: ReadonlyMap<ColdDestination, ReadonlyMap<string, ColdAnswer>>,
): CopyChoice {
  const found: { from: ColdDestination; state: ThawState }[] = [];
  for (const from of candidates) {
    const state = states.get(from)?.get(pack.key);
    if (state !== undefined && state !== "missing") found.push({ from, state });
  }
  const [best] = found.toSorted(
    (a, b) =>
      order[a.state.state] - order[b.state.state] ||
      a.from.tier.hours - b.from.tier.hours ||
      priceOf(a.from, pack) - priceOf(b.from, pack),
  );
  return best === undefined ? { kind: "none" } : { kind: "cold", ...best };
}

/** For comparing only; an unknown price counts as the highest. */
function priceOf({ tariff, tier }: ColdDestination, { objectBytes }: ChoicePack): number {
  if (tariff === undefined) return Number.MAX_VALUE;
  const isKnown = tariff.tiers.some(({ name }) => name.toLowerCase() === tier.name.toLowerCase());
  const named = isKnown ? { tier: tier.name } : {};
  return retrievalCost(tariff, { requests: 1, bytes: objectBytes, days: 1, ...named }).amount;
}
