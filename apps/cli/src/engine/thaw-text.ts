import type { CancelledJob, ThawPlanPart, ThawResult, ThawWaiting } from "@coldstow/archiver";
import { displayPath, exitCodes } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { size } from "../render/size.ts";
import { facts, table } from "../render/table.ts";
import { minute } from "../render/time.ts";

interface Figures {
  readonly packs: number;
  readonly bytes: number;
}

function figures({ packs, bytes }: Figures): string {
  return `${counted(packs, "pack")}, ${size(bytes)}`;
}

/** An hour to come back, in the zone of the machine and in UTC. */
export function comeBackText(iso: string): string {
  const time = new Date(iso);
  return `${minute(time)} (${iso.slice(0, 16).replace("T", " ")} UTC)`;
}

/** What is on its way, and when to come back. */
function waitingLines(waiting: ThawWaiting | ThawResult, again: string): readonly string[] {
  const pairs: [string, Figures][] = [
    ...("done" in waiting ? [["Read so far", waiting.done] as [string, Figures]] : []),
    ["Being thawed", waiting.asked],
    ["Ready", waiting.ready],
    ["Still to ask for", waiting.left],
  ];
  const told = pairs
    .filter(([, { packs }]) => packs > 0)
    .map(([name, one]) => [name, figures(one)] as const);
  return [
    ...(told.length === 0 ? [] : [facts(told)]),
    `Come back at ${comeBackText(waiting.comeBackAt)}: ${again}`,
  ];
}

/** What a restore waits for. @param again the very command that goes on */
export function restoreWaitingText(waiting: ThawWaiting, again: string): string {
  const { packs } = waiting.asked;
  const thawing =
    packs === 0 ? "" : `, and ${counted(packs, "pack")} ${packs === 1 ? "is" : "are"} being thawed`;
  return [
    `Packs are frozen; what is ready was restored${thawing}.`,
    ...waitingLines(waiting, again),
  ].join("\n");
}

/** What thawing came to. */
export function thawText(result: ThawResult, again: string, restore: string): string {
  switch (result.outcome) {
    case "nothing":
      return "Nothing has to be thawed.";
    case "ready":
      return `${figures(result.ready)}, ready to be read. Next: ${restore}`;
    case "waiting":
      return result.asked.packs === 0
        ? [...waitingLines(result, restore).slice(0, -1), `Next: ${restore}`].join("\n")
        : waitingLines(result, again).join("\n");
    default:
      return result.outcome satisfies never;
  }
}

/** 6 while something that was asked for is not ready. */
export function thawExitCode({ outcome, asked }: ThawResult): number {
  return outcome === "waiting" && asked.packs > 0 ? exitCodes.waiting : exitCodes.ok;
}

/** What was given up, and what that leaves behind. */
export function cancelledText(cancelled: readonly CancelledJob[]): string {
  if (cancelled.length === 0) return "No restore is waiting; there was nothing to cancel.";
  const lines = cancelled.map(({ destination, asked }) => {
    const what = destination === "" ? "A thaw" : `The restore into ${displayPath(destination)}`;
    return `${what} is closed; ${figures(asked)} were asked for.`;
  });
  return [
    ...lines,
    "What was asked for goes on at the destination, cannot be taken back, and may be charged.",
  ].join("\n");
}

/** What would be asked for, by destination. @param money renders a cost */
export function thawPlanText(
  parts: readonly ThawPlanPart[],
  money: (cost: NonNullable<ThawPlanPart["cost"]>) => string,
): string {
  const columns = [
    { title: "Destination", shrinks: true },
    { title: "Packs", align: "right" },
    { title: "To thaw", align: "right" },
    { title: "Bytes", align: "right" },
    { title: "Tier" },
    { title: "Hours", align: "right" },
    { title: "Days", align: "right" },
    { title: "Cost", align: "right" },
  ] as const;
  const rows = parts.map((part) => [
    part.destination,
    String(part.packs),
    String(part.frozenPacks),
    size(part.bytes),
    part.tier,
    String(part.hours),
    part.days === undefined ? "" : String(part.days),
    part.cost === undefined ? "not known" : money(part.cost),
  ]);
  return table(columns, rows);
}

/** The very command again, quoted for a shell where it must be. */
export function commandLine(words: readonly string[]): string {
  return words
    .map((word) =>
      /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`,
    )
    .join(" ");
}
