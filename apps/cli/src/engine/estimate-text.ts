import type { ArchiveEstimate, CheapestPart, PlaceKeeping } from "@coldstow/archiver";
import { counted } from "../render/count.ts";
import { number, size } from "../render/size.ts";
import { table } from "../render/table.ts";
import { costText, lackingText, mostlyText, tariffLines, waitText } from "./price-text.ts";

const keepingColumns = [
  { title: "Keeping it at", shrinks: true },
  { title: "Objects", align: "right" },
  { title: "Bytes", align: "right" },
  { title: "A month", align: "right" },
  { title: "A year", align: "right" },
] as const;

const restoringColumns = [
  { title: "Restoring from", shrinks: true },
  { title: "Tier" },
  { title: "Packs", align: "right" },
  { title: "Bytes", align: "right" },
  { title: "Wait up to", align: "right" },
  { title: "Cost", align: "right" },
  { title: "Mostly" },
] as const;

/** The estimate of an archive, for people. */
export function archiveEstimateText({ keeping, restoring, tariffs }: ArchiveEstimate): string {
  const { selected, packs, bytes, days, packsWithoutCopy, places, cheapest } = restoring;
  const rows = places.flatMap((place) =>
    place.options.map((option) => [
      place.destination,
      option.tier ?? "",
      number(place.packs),
      size(place.bytes),
      waitText(option),
      costText(option.cost),
      mostlyText(option.cost),
    ]),
  );
  return [
    table(keepingColumns, keeping.map(keepingRow)),
    ...keeping.flatMap(keepingNotes),
    "",
    `Restoring ${counted(selected.files, "file")}, ${size(selected.fileBytes)}, takes ${counted(packs, "pack")}: ${size(bytes)}${isCold(restoring) ? `; thawed for ${counted(days, "day")}` : ""}.`,
    "",
    table(restoringColumns, rows),
    ...(selected.missing === 0
      ? []
      : [`${counted(selected.missing, "file lies", "files lie")} in no pack that is known.`]),
    ...places.filter(({ lacking }) => lacking > 0).map(lackingLine),
    ...(packsWithoutCopy === 0
      ? []
      : [`${counted(packsWithoutCopy, "needed pack has", "needed packs have")} no good copy.`]),
    ...cheapestLines(cheapest),
    ...tariffLines(tariffs),
  ].join("\n");
}

function isCold({ places }: ArchiveEstimate["restoring"]): boolean {
  return places.some(({ options }) => options.some(({ tier }) => tier !== undefined));
}

function keepingRow(place: PlaceKeeping): string[] {
  const name = place.state === "active" ? place.destination : `${place.destination} (removed)`;
  return [
    name,
    number(place.objects),
    size(place.bytes),
    place.tariff === undefined ? lackingText(place) : costText(place.perMonth),
    place.tariff === undefined ? "" : costText(place.perYear),
  ];
}

function keepingNotes({
  destination,
  tariff,
  least,
  objectsOfUnknownSize,
}: PlaceKeeping): string[] {
  return [
    ...(least === undefined
      ? []
      : [
          `${destination}: at least ${costText(least)}, as ${tariff?.storage.minimumDays} days are paid for even what is deleted sooner.`,
        ]),
    ...(objectsOfUnknownSize === 0
      ? []
      : [
          `${destination}: the size of ${counted(objectsOfUnknownSize, "object")} is not known, and counts as nothing.`,
        ]),
  ];
}

function lackingLine({ destination, lacking }: { destination: string; lacking: number }): string {
  return `${destination} has no good copy of ${counted(lacking, "needed pack")}.`;
}

function cheapestLines(parts: readonly CheapestPart[]): string[] {
  if (parts.length === 0) return [];
  const each = parts.map(({ destination, packs, tier, hours, cost }) => {
    const asked = tier === undefined ? "" : `, ${tier}, up to ${waitText({ hours })}`;
    return `  ${destination}: ${counted(packs, "pack")}${asked}, ${costText(cost)}`;
  });
  return ["From the cheapest copies:", ...each];
}
