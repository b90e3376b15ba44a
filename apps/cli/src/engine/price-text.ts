import {
  type Cost,
  moneyText,
  type PricedPlace,
  type RetrievalOption,
  type Tariff,
} from "@coldstow/archiver";

export const noPriceList = "no price list";

/** What it costs; "no price list" where nothing is known, which is not zero. */
export function costText(cost: Cost | undefined): string {
  return cost === undefined ? noPriceList : moneyText(cost);
}

/** `no price list`, with the name of one that was looked for. */
export function lackingText({ tariffId }: Pick<PricedPlace, "tariffId">): string {
  return tariffId === undefined ? noPriceList : `${noPriceList} ${tariffId}`;
}

/** The longest wait: `12 h`, `6 min`, `none`. */
export function waitText({ hours }: Pick<RetrievalOption, "hours">): string {
  if (hours === undefined) return "";
  if (hours === 0) return "none";
  return hours >= 1 ? `${hours} h` : `${Math.ceil(hours * 60)} min`;
}

/** What weighs most in a cost. */
export function mostlyText(cost: Cost | undefined): string {
  const [first] = (cost?.items ?? []).toSorted((a, b) => b.amount - a.amount);
  return first?.what ?? "";
}

/** Where prices come from, and as of when. */
export function tariffLines(tariffs: readonly Tariff[]): string[] {
  if (tariffs.length === 0) return [];
  return [
    "",
    "Prices, without tax:",
    ...tariffs.flatMap(({ title, asOf, certainty, source, notes }) => [
      `${title}, as of ${asOf}${certainty === "approximate" ? ", approximate" : ""}`,
      `  ${source}`,
      ...(certainty === "approximate" ? notes.flatMap((note) => wrapped(note)) : []),
    ]),
  ];
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = " ";
  for (const word of text.split(" ")) {
    if (line.length + word.length > 78) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
