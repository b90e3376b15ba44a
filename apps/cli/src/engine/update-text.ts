import type { PyConversion, PyIndex, UpdateOutcome } from "@coldstow/archiver";
import { displayPath, exitCodes } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { size } from "../render/size.ts";

/** The exit status of an update. */
export function updateExitCode({ index }: UpdateOutcome): number {
  return (index?.brokenTars ?? 0) > 0 ? exitCodes.fixity : exitCodes.ok;
}

/** What an update did, for people. */
export function updateText(archive: string, outcome: UpdateOutcome): string {
  const { kind, formatBefore, formatNow, conversion, index } = outcome;
  const shown = displayPath(archive);
  const told = index === undefined ? [] : [indexText(index)];
  if (conversion !== undefined)
    return [conversionText(shown, conversion, index), ...told].join("\n");
  if (kind === "raised") {
    return [`${shown} was raised from format ${formatBefore} to ${formatNow}.`, ...told].join("\n");
  }
  return [`${shown} has the newest format, ${formatNow}.`, ...told].join("\n");
}

function conversionText(
  shown: string,
  conversion: PyConversion,
  index: PyIndex | undefined,
): string {
  const { files, bytes, tars, pending, backup, wasCiphered } = conversion;
  return [
    `${shown} was converted: ${counted(files, "file")}, ${size(bytes)}, in ${counted(tars, "tar")} of pyArchiver.`,
    ...(pending === 0
      ? []
      : [`${counted(pending, "file")} waited to be sent; coldstow resume stores them.`]),
    `The old file is ${displayPath(backup)}.${wasCiphered ? " It holds the old password in clear: keep it safe, or remove it." : ""}`,
    ...conversion.warnings,
    ...(index === undefined
      ? [
          `What lies in the tars is known from the old state alone. To read them: coldstow update ${shown} --tars FOLDER`,
        ]
      : []),
  ].join("\n");
}

function indexText({ wholeTars, brokenTars }: PyIndex): string {
  const broken =
    brokenTars === 0
      ? ""
      : ` ${counted(brokenTars, "tar is", "tars are")} damaged or missing, as told above.`;
  return `${counted(wholeTars, "tar was", "tars were")} read.${broken}`;
}
