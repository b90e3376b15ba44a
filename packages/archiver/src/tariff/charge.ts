import { ColdstowError } from "@coldstow/contracts";
import type { Price } from "./tariff.ts";

// The smallest step a price may have: 10^-12 of the currency's unit, a million of them to a micro-unit.
const decimals = 12;
const stepsPerMicro = 10n ** BigInt(decimals - 6);

/** True for what {@link charge} takes as a price. */
export function isPrice(text: string): boolean {
  return /^\d{1,6}(?:\.\d{1,12})?$/.test(text);
}

function steps(price: Price): bigint {
  const [whole = "", fraction = ""] = price.split(".");
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

/**
 * What a quantity costs, in whole micro-units of the currency, rounded up: exact whatever the size.
 * @param price of `per` of what is counted
 * @param count how many; a fraction counts as a whole one
 * @throws {E_CONFIG} if it comes to more than can be counted exactly (nine thousand million)
 */
export function charge(price: Price, count: number | bigint, per: number | bigint = 1): number {
  const counted = typeof count === "bigint" ? count : BigInt(Math.ceil(count));
  const divisor = BigInt(per) * stepsPerMicro;
  const micros = (steps(price) * counted + divisor - 1n) / divisor;
  if (micros > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ColdstowError(
      "E_CONFIG",
      `At a price of ${price} this costs more than is possible.`,
      {
        hint: "Check the price list.",
      },
    );
  }
  return Number(micros);
}
