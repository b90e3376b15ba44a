import { expect, it } from "vitest";
import { withAmounts } from "./amounts.ts";

it("calls amounts of money by their unit, however deep they lie, and leaves the rest", () => {
  const cost = { amount: 354, currency: "USD" };
  expect(withAmounts({ plan: [{ packs: 3, cost }], cost, waiting: undefined, at: "x" })).toEqual({
    plan: [{ packs: 3, cost: { amountMillionths: 354, currency: "USD" } }],
    cost: { amountMillionths: 354, currency: "USD" },
    waiting: undefined,
    at: "x",
  });
});
