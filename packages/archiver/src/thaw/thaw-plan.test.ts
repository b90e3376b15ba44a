import type { StorageBackend } from "@coldstow/contracts";
import { coldBackend } from "@coldstow/backend-testkit";
import type { JobPackGroup } from "@coldstow/catalogue";
import { describe, expect, it } from "vitest";
import { readTariffs } from "../tariff/index.ts";
import { coldDestinations } from "./cold-destination.ts";
import { checkBudget, costOfPlan, planParts, type ThawPlanPart } from "./thaw-plan.ts";

const tariffs = await readTariffs([]);

/** One frozen place of AWS's Deep Archive with 1000 packs of 256 MB. */
function parts(tariff: string | undefined): readonly ThawPlanPart[] {
  const inner = coldBackend({ clock: () => 0 });
  const cold = {
    ...inner.cold,
    terms: { ...inner.cold.terms, tiers: [{ name: "Bulk", hours: 48 }] as const },
  };
  const backend: StorageBackend = { ...inner, cold, ...(tariff !== undefined && { tariff }) };
  const destination = { id: 1, name: "s3", title: "S3", backend };
  const group: JobPackGroup = {
    destination: 1,
    state: "planned",
    packs: 1000,
    bytes: 256_000_000_000,
    firstReadyNs: null,
    lastReadyNs: null,
  };
  return planParts(
    [group],
    coldDestinations([destination], { tariffs }),
    () => 10_000_000,
    undefined,
  );
}

describe("the plan of a thaw", () => {
  it("has packs, bytes, hours, days and cost of each destination", () => {
    const [part] = parts("aws-deep-archive");
    expect(part).toMatchObject({
      packs: 1000,
      frozenPacks: 1000,
      hours: 48,
      days: 3,
      tier: "Bulk",
    });
    expect(part?.cost?.currency).toBe("USD");
    expect(part?.cost?.amount).toBeGreaterThan(0);
  });

  it("keeps to a budget, naming both figures", () => {
    const plan = parts("aws-deep-archive");
    const cost = costOfPlan(plan);
    const amount = cost?.amount ?? 0;
    expect(() => checkBudget(plan, { amount, currency: "USD" })).not.toThrow();
    expect(() => checkBudget(plan, { amount })).not.toThrow();
    expect(() => checkBudget(plan, { amount: 1_000_000, currency: "USD" })).toThrow(
      /about [\d.]+ USD, more than the budget of 1\.00 USD\. Nothing was asked for/,
    );
  });

  it("refuses a budget where the cost is not known, or in another currency", () => {
    const known = parts("aws-deep-archive");
    expect(() => checkBudget(parts(undefined), { amount: 1e12 })).toThrow(/s3 costs is not known/);
    expect(() => checkBudget(parts("no-such-list"), { amount: 1e12 })).toThrow(/not known/);
    expect(() => checkBudget(known, { amount: 1e12, currency: "EUR" })).toThrow(/in EUR/);
  });

  it("lets a budget pass where nothing is left to ask for", () => {
    const [part] = parts(undefined);
    const asked = part === undefined ? [] : [{ ...part, frozenPacks: 0 }];
    expect(() => checkBudget(asked, { amount: 0 })).not.toThrow();
  });
});
