import type { Budget, ThawChoices } from "@coldstow/archiver";
import { ColdstowError } from "@coldstow/contracts";
import { Flags } from "@oclif/core";

/** `5 EUR`, or `5` in the currency of the prices. */
async function parseBudget(text: string): Promise<Budget> {
  const { parseMoney } = await import("@coldstow/archiver");
  const isBare = /^\s*\d+(?:\.\d+)?\s*$/.test(text);
  try {
    // ISO 4217 has XXX for "no currency".
    const { amount, currency } = parseMoney(isBare ? `${text.trim()} XXX` : text);
    return isBare ? { amount } : { amount, currency };
  } catch {
    throw new ColdstowError(
      "E_USAGE",
      `${JSON.stringify(text)} is not a budget; allowed: an amount such as 5 or 0.25, with 6 decimals at most, or with its currency "5 EUR"`,
      { subject: "--budget" },
    );
  }
}

/** How frozen packs are asked for; both commands that do so take them. */
export const thawFlags = {
  wait: Flags.boolean({
    description: "wait until frozen packs are ready, instead of ending with 6",
  }),
  tier: Flags.string({
    description: "how fast frozen packs are to be served; default: the destination's own",
    helpValue: "NAME",
  }),
  days: Flags.integer({
    description: "for how many days frozen packs are to stay ready; default: as long as it takes",
    helpValue: "DAYS",
    min: 1,
    max: 365,
  }),
  budget: Flags.custom<Budget>({
    description: "ask for nothing where thawing and fetching would cost more",
    helpValue: "AMOUNT",
    parse: parseBudget,
  })(),
  from: Flags.string({
    description: "read from this destination only, named as in the ini",
    helpValue: "DESTINATION",
  }),
};

/** The flags as the library takes them. */
export async function thawChoices(
  flags: {
    readonly wait: boolean;
    readonly tier?: string | undefined;
    readonly days?: number | undefined;
    readonly budget?: Budget | undefined;
  },
  tariffFolder: string,
): Promise<ThawChoices> {
  const { readTariffs } = await import("@coldstow/archiver");
  return {
    wait: flags.wait,
    tariffs: await readTariffs([tariffFolder]),
    ...(flags.tier !== undefined && { tier: flags.tier }),
    ...(flags.days !== undefined && { days: flags.days }),
    ...(flags.budget !== undefined && { budget: flags.budget }),
  };
}
