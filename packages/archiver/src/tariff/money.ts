import { ColdstowError } from "@coldstow/contracts";

/** How many of the smallest amounts that are counted make one unit of a currency. */
export const microUnits: number = 1_000_000;

/** An amount of money, as a whole number of millionths of the currency's unit. */
export interface Money {
  readonly amount: number;
  /** ISO 4217: `EUR`. */
  readonly currency: string;
}

/** What something costs; `amount` is exactly the sum of its items. Amounts are {@link microUnits}. */
export interface Cost extends Money {
  readonly items: readonly { readonly what: string; readonly amount: number }[];
}

const moneyPattern = /^(?:([A-Za-z]{3})\s*)?(\d{1,9})(?:\.(\d{1,6}))?(?:\s*([A-Za-z]{3}))?$/;

/**
 * Reads an amount such as `5 EUR`, `0.50usd` or `EUR 12`.
 * @throws {E_USAGE} if it is not an amount with its currency
 */
export function parseMoney(text: string): Money {
  const [matched, before, whole, fraction = "", after] = moneyPattern.exec(text.trim()) ?? [];
  const currency = before ?? after;
  if (matched === undefined || currency === undefined || (before !== undefined && after)) {
    throw new ColdstowError(
      "E_USAGE",
      `${JSON.stringify(text)} is not an amount of money; write it with its currency, such as "5 EUR".`,
      { subject: text },
    );
  }
  const amount = Number(whole) * microUnits + Number(fraction.padEnd(6, "0"));
  return { amount, currency: currency.toUpperCase() };
}

/**
 * True where a cost is above a budget. An amount in another currency cannot be compared.
 * @throws {E_USAGE} if the currencies differ
 */
export function exceeds(cost: Money, budget: Money): boolean {
  if (cost.currency !== budget.currency) {
    throw new ColdstowError(
      "E_USAGE",
      `The budget is in ${budget.currency}, but the prices are in ${cost.currency}; nothing was asked for.`,
      { hint: `Give the budget in ${cost.currency}.` },
    );
  }
  return cost.amount > budget.amount;
}

/** The cost of several things together. @throws {E_INTERNAL} if the currencies differ */
export function costOf(currency: string, items: Cost["items"]): Cost {
  const kept = items.filter(({ amount }) => amount !== 0);
  const amount = kept.reduce((sum, item) => sum + item.amount, 0);
  return { amount, currency, items: kept };
}

/** `5.12 USD`; of less than a hundredth the first two digits are shown: `0.0042 USD`. */
export function moneyText({ amount, currency }: Money): string {
  const units = amount / microUnits;
  if (amount === 0 || units >= 0.01) return `${grouped(units)} ${currency}`;
  const small = Number(units.toPrecision(2));
  if (small >= 0.01) return `${grouped(small)} ${currency}`;
  return `${small.toFixed(Math.min(6, 1 - Math.floor(Math.log10(small))))} ${currency}`;
}

function grouped(units: number): string {
  const [whole = "", cents = ""] = units.toFixed(2).split(".");
  return `${whole.replace(/\B(?=(?:\d{3})+$)/g, ",")}.${cents}`;
}
