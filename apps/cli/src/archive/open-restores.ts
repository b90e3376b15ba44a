import type { OpenRestore } from "@coldstow/archiver";
import { displayPath } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { size } from "../render/size.ts";
import { minute } from "../render/time.ts";

/** The restores that wait for frozen packs, a paragraph each; no line where there are none. */
export function openRestoreLines(restores: readonly OpenRestore[]): readonly string[] {
  return restores.flatMap((one) => [...linesOf(one), ""]);
}

function linesOf(one: OpenRestore): readonly string[] {
  const { asked, destination, done, firstReadyAt, left, openedAt, paths, ready } = one;
  const what = paths === null ? "everything" : paths.map(displayPath).join(", ");
  const head =
    destination === "" ? `Thaw of ${what}` : `Restore of ${what} into ${displayPath(destination)}`;
  const figures = [
    ["read", done],
    ["ready", ready],
    ["being thawed", asked],
    ["still to ask for", left],
  ] as const;
  const told = figures
    .filter(([, { packs }]) => packs > 0)
    .map(([name, { packs, bytes }]) => `${counted(packs, "pack")} ${name} (${size(bytes)})`);
  const next = firstReadyAt === undefined ? [] : [`next at ${minute(new Date(firstReadyAt))}`];
  return [
    `${head}, open since ${minute(new Date(openedAt))}:`,
    `  ${[...told, ...next].join("; ")}`,
  ];
}
