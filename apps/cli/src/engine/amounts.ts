/**
 * A document for `--json` in which every `amount` of money is called by its unit: `amountMillionths`, of the
 * currency's unit.
 */
export function withAmounts(document: object): object {
  return renamed(document) as object;
}

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key === "amount" ? "amountMillionths" : key,
      renamed(one),
    ]),
  );
}
