import type { PlaceStart, StartEstimate, WayPrices } from "@coldstow/archiver";
import { counted } from "../render/count.ts";
import { number, size } from "../render/size.ts";
import { table } from "../render/table.ts";
import { costText, lackingText, tariffLines, waitText } from "./price-text.ts";

/** The estimate of an archive that is to be made, for people. */
export function startEstimateText(estimate: StartEstimate): string {
  const { name, files, packs, packSizeBytes, days, places, tariffs } = estimate;
  return [
    `${name}: ${counted(files.objects, "file")}, ${size(files.bytes)}; at most ${counted(packs.objects, "pack")} of up to ${size(packSizeBytes)}, about ${size(packs.bytes)} before compression.`,
    ...places.flatMap((place) => ["", placeText(place, estimate)]),
    ...(tariffs.length === 0
      ? []
      : ["", `Retrieval is of everything, thawed for ${counted(days, "day")}.`]),
    ...tariffLines(tariffs),
    "Nothing was changed.",
  ].join("\n");
}

function placeText(place: PlaceStart, { packs, files }: StartEstimate): string {
  if (place.tariff === undefined) return `At ${place.destination}: ${lackingText(place)}.`;
  const columns = [
    { title: `At ${place.destination}`, shrinks: true },
    { title: "As packs", align: "right" },
    { title: "One object a file", align: "right" },
  ] as const;
  const row = (title: string, of: (way: WayPrices) => string): string[] => [
    title,
    of(place.packs),
    of(place.single),
  ];
  return table(columns, [
    ["Objects", number(packs.objects), number(files.objects)],
    row("Upload", ({ upload }) => costText(upload)),
    row("A month", ({ perMonth }) => costText(perMonth)),
    row("A year", ({ perYear }) => costText(perYear)),
    ...place.packs.retrieval.map((option, index) =>
      row(`Retrieval${tierText(option)}`, ({ retrieval }) => costText(retrieval[index]?.cost)),
    ),
  ]);
}

function tierText(option: WayPrices["retrieval"][number]): string {
  return option.tier === undefined ? "" : `, ${option.tier}, up to ${waitText(option)}`;
}
