import type { RestoreFigures } from "@coldstow/archiver";
import { displayPath, exitCodes } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { facts } from "../render/table.ts";

/** The exit status of bringing files back without their archive. */
export function recoveryExitCode(figures: RestoreFigures): number {
  const { damaged, missing, packsDamaged, packsMissing, failed } = figures;
  if (damaged + missing + packsDamaged + packsMissing > 0) return exitCodes.fixity;
  return failed > 0 ? exitCodes.partial : exitCodes.ok;
}

/** What came back, for people. */
export function recoveryText(destination: string, figures: RestoreFigures): string {
  const { restored, unchanged, damaged, missing, skipped, failed } = figures;
  const pairs: [string, number, string][] = [
    [
      "Whole",
      restored,
      `${counted(restored, "file or link", "files and links")}, in ${displayPath(destination)}`,
    ],
    ["There already", unchanged, counted(unchanged, "file or link", "files and links")],
    ["Damaged", damaged, `${counted(damaged, "file")}; what is left has another name, named above`],
    ["Lost", missing, `${counted(missing, "file")}, named above`],
    [
      "Kept",
      skipped,
      `${counted(skipped, "other that was", "others that were")} in the way; --overwrite replaces them`,
    ],
    ["Failed", failed, `${counted(failed, "item")}, named above`],
    ["Damaged packs", figures.packsDamaged, counted(figures.packsDamaged, "pack")],
    ["Missing packs", figures.packsMissing, counted(figures.packsMissing, "pack")],
  ];
  const told = pairs
    .filter(([, count]) => count > 0)
    .map(([name, , text]) => [name, text] as const);
  return told.length === 0 ? "There was nothing to bring back." : facts(told);
}
