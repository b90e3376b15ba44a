import type { RestorePlan, RestoreArchiveResult } from "@coldstow/archiver";
import { displayPath, exitCodes } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { number, size } from "../render/size.ts";
import { facts } from "../render/table.ts";
import { restoreWaitingText, thawPlanText } from "./thaw-text.ts";

/**
 * The exit status of a restore: as long as it waits that is told first, because the same command goes on;
 * lost bytes weigh more than what could not be written.
 */
export function restoreExitCode({ damaged, failed, waiting }: RestoreArchiveResult): number {
  if (waiting !== undefined) return exitCodes.waiting;
  if (damaged > 0) return exitCodes.fixity;
  return failed > 0 ? exitCodes.partial : exitCodes.ok;
}

/** What a restore did, for people. @param again the very command that goes on where it waits */
export function restoreOutcomeText(
  destination: string,
  outcome: RestoreArchiveResult,
  again: string,
): string {
  const { restored, unchanged, skipped, failed, damaged, bytes } = outcome;
  const shown = displayPath(destination);
  const pairs: [string, number, string][] = [
    [
      "Restored",
      restored,
      `${counted(restored, "file or link", "files and links")}, ${size(bytes)}, into ${shown}`,
    ],
    ["There already", unchanged, `${number(unchanged)} with the same size and time`],
    [
      "Kept",
      skipped,
      `${counted(skipped, "other that was", "others that were")} in the way; --overwrite replaces them`,
    ],
    [
      "Lost",
      damaged,
      `${number(damaged)}, damaged or missing in every copy that was reached; named above`,
    ],
    ["Failed", failed - damaged, `${number(failed - damaged)}, named above`],
  ];
  const told = pairs
    .filter(([, count]) => count > 0)
    .map(([name, , text]) => [name, text] as const);
  const advice =
    damaged > 0
      ? ["What is whole in damaged packs comes back with: coldstow recover DESTINATION NEWFOLDER"]
      : [];
  const { waiting } = outcome;
  const nothing = waiting === undefined ? ["There was nothing to restore."] : [];
  const lines = told.length === 0 ? nothing : [facts(told)];
  const left = waiting === undefined ? [] : [restoreWaitingText(waiting, again)];
  return [...lines, ...advice, ...left].join("\n");
}

/** What a restore would do, for people. */
export function restorePlanText(
  plan: RestorePlan,
  money: (cost: NonNullable<RestorePlan["cost"]>) => string,
): string {
  const pairs: [string, string][] = [
    ["As of run", number(plan.run)],
    ["Files", `${number(plan.files)}, ${size(plan.fileBytes)}`],
    ["Directories", number(plan.directories)],
    ["Links", number(plan.symlinks)],
    ["To read", `${size(plan.neededBytes)} from ${counted(plan.packs, "pack")}`],
    ...(plan.missing === 0 ? [] : [["Without a copy", number(plan.missing)] as [string, string]]),
  ];
  const thaw = plan.thaw === undefined ? [] : ["", thawPlanText(plan.thaw, money), ""];
  return [facts(pairs), ...thaw, "Nothing was changed."].join("\n");
}
