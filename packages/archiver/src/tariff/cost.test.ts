import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charge } from "./charge.ts";
import {
  exceeds,
  keepingCost,
  leastKeepingCost,
  moneyText,
  parseMoney,
  readTariffs,
  requireTier,
  retrievalCost,
  type Tariff,
  uploadCost,
} from "./index.ts";

const tariffs = await readTariffs([]);
const all = tariffs.all();

function tariff(id: string): Tariff {
  const found = tariffs.find(id);
  if (found === undefined) throw new Error(`no price list ${id}`);
  return found;
}

const bytes = fc.integer({ min: 0, max: 2 ** 50 });
const requests = fc.integer({ min: 0, max: 10 ** 9 });
const days = fc.integer({ min: 0, max: 365 });

describe("2 TiB in Deep Archive", () => {
  const deep = tariff("aws-deep-archive");
  const stored = 2 * 2 ** 40;
  const small = { objects: stored / 2 ** 20, bytes: stored };
  const packs = { objects: stored / (256 * 2 ** 20), bytes: stored };
  const item = (what: string, tier: string, { objects }: typeof small): number =>
    (retrievalCost(deep, { requests: objects, bytes: stored, tier }).items.find(
      (one) => one.what === what,
    )?.amount ?? 0) / 1e6;

  it("costs about $105 to put as objects of 1 MB, and $0.41 as packs of 256 MB", () => {
    expect(moneyText(uploadCost(deep, small))).toBe("104.86 USD");
    expect(moneyText(uploadCost(deep, packs))).toBe("0.41 USD");
  });

  it("costs about $210 to request back as objects, and $0.82 as packs", () => {
    expect(item("requests", "standard", small)).toBeCloseTo(209.72, 2);
    expect(item("requests", "standard", packs)).toBeCloseTo(0.82, 2);
  });

  it("costs about $24 a year to keep as packs", () => {
    expect(moneyText(keepingCost(deep, packs, 12))).toBe("24.35 USD");
    expect(moneyText(leastKeepingCost(deep, packs))).toBe("12.17 USD");
  });

  it("costs about $5 to retrieve in bulk, and egress costs more than all the rest", () => {
    expect(item("retrieval", "bulk", packs)).toBeCloseTo(5.12, 2);
    const cost = retrievalCost(deep, { requests: 8192, bytes: stored, tier: "bulk", days: 7 });
    expect(item("egress", "bulk", packs)).toBeGreaterThan(cost.amount / 1e6 / 2);
  });
});

describe("what it costs", () => {
  it("is exactly the sum of its items, in whole micro-units, for every price list", () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), requests, bytes, days, (list, count, size, kept) => {
        const stored = { objects: count, bytes: size };
        const costs = [
          keepingCost(list, stored, 12),
          leastKeepingCost(list, stored),
          uploadCost(list, stored),
          ...list.tiers.map(({ name }) =>
            retrievalCost(list, { requests: count, bytes: size, tier: name, days: kept }),
          ),
        ];
        for (const { amount, currency, items } of costs) {
          expect(currency).toBe(list.currency);
          expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true);
          expect(amount).toBe(items.reduce((sum, one) => sum + one.amount, 0));
        }
      }),
    );
  });

  it("never falls when more objects, bytes or days are asked for", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.tuple(requests, bytes, days),
        fc.tuple(requests, bytes, days),
        (list, [count, size, kept], [more, larger, longer]) => {
          const cost = (c: number, b: number, d: number): number =>
            retrievalCost(list, { requests: c, bytes: b, days: d }).amount +
            keepingCost(list, { objects: c, bytes: b }).amount +
            uploadCost(list, { objects: c, bytes: b }).amount;
          expect(cost(count + more, size + larger, kept + longer)).toBeGreaterThanOrEqual(
            cost(count, size, kept),
          );
        },
      ),
    );
  });

  it("is rounded up to the micro-unit, and by no more than one", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 12n), fc.bigInt(0n, 10n ** 9n), (step, count) => {
        const price = `0.${String(step - 1n).padStart(12, "0")}`;
        const exact = (step - 1n) * count;
        const micros = BigInt(charge(price, count)) * 1_000_000n;
        expect(micros >= exact && micros - exact < 1_000_000n).toBe(true);
      }),
    );
  });

  it("counts as days what a place keeps ready for hours", () => {
    const list = tariff("ovh-cold-archive");
    const wanted = { requests: 1, bytes: 10 ** 12 };
    expect(retrievalCost(list, { ...wanted, hours: 25 })).toEqual(
      retrievalCost(list, { ...wanted, days: 2 }),
    );
  });

  it("is nothing for egress within the free allowance", () => {
    const list = tariff("aws-s3-standard");
    const egress = (size: number): number =>
      retrievalCost(list, { requests: 0, bytes: size }).amount;
    expect(egress(100 * 2 ** 30)).toBe(0);
    expect(egress(101 * 2 ** 30)).toBe(90_000);
  });

  it("is refused where it cannot be counted exactly", () => {
    expect(() => charge("999999", 10 ** 9)).toThrow(expect.objectContaining({ code: "E_CONFIG" }));
  });
});

describe("a tier", () => {
  it("is found in any case, and the first is taken where none is named", () => {
    const deep = tariff("aws-deep-archive");
    const wanted = { requests: 1000, bytes: 0 };
    expect(retrievalCost(deep, { ...wanted, tier: "Bulk" }).amount).toBe(25_400);
    expect(retrievalCost(deep, wanted).amount).toBe(100_400);
  });

  it("that a price list lacks is refused with those that it has", () => {
    expect(() =>
      retrievalCost(tariff("aws-deep-archive"), { requests: 1, bytes: 1, tier: "expedited" }),
    ).toThrow(expect.objectContaining({ code: "E_CONFIG", hint: "Its tiers are standard, bulk." }));
    expect(() => requireTier(all, "yesterday")).toThrow(
      expect.objectContaining({ code: "E_USAGE" }),
    );
    expect(() => requireTier(all, "EXPEDITED")).not.toThrow();
    expect(() => requireTier([], "any")).not.toThrow();
  });

  it("means nothing where objects are not cold", () => {
    const hot = tariff("aws-s3-standard");
    expect(retrievalCost(hot, { requests: 1000, bytes: 0, tier: "bulk" }).amount).toBe(400);
  });
});

describe("money", () => {
  it.each([
    ["5 EUR", 5_000_000, "EUR"],
    ["0.50usd", 500_000, "USD"],
    ["EUR 12", 12_000_000, "EUR"],
    [" 1.000001 EUR ", 1_000_001, "EUR"],
    ["0 EUR", 0, "EUR"],
  ])("%j is read", (text, amount, currency) => {
    expect(parseMoney(text)).toEqual({ amount, currency });
  });

  it.each(["", "5", "EUR", "5 €", "-5 EUR", "5,00 EUR", "1e3 EUR", "EUR 5 EUR", "5.0000001 EUR"])(
    "%j is refused",
    (text) => {
      expect(() => parseMoney(text)).toThrow(expect.objectContaining({ code: "E_USAGE" }));
    },
  );

  it("is above a budget or not, and never compared with another currency", () => {
    const budget = parseMoney("5 EUR");
    expect(exceeds({ amount: 5_000_000, currency: "EUR" }, budget)).toBe(false);
    expect(exceeds({ amount: 5_000_001, currency: "EUR" }, budget)).toBe(true);
    expect(() => exceeds({ amount: 1, currency: "USD" }, budget)).toThrow(
      expect.objectContaining({ code: "E_USAGE" }),
    );
  });

  it.each([
    [0, "0.00 EUR"],
    [1, "0.000001 EUR"],
    [4_200, "0.0042 EUR"],
    [9_999, "0.01 EUR"],
    [10_000, "0.01 EUR"],
    [1_234_567_890_000, "1,234,567.89 EUR"],
  ])("of %d micro-units is written %s", (amount, text) => {
    expect(moneyText({ amount, currency: "EUR" })).toBe(text);
  });
});
