import type { RunOutcome } from "@coldstow/archiver";
import { displayPath, exitCodes } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { size } from "../render/size.ts";
import { facts } from "../render/table.ts";

/** What a run did, for `--json`. */
export function runOutcomeDocument(archive: string, outcome: RunOutcome): object {
  const { unreachable, missingCopies, ...figures } = outcome;
  return {
    archive,
    ...figures,
    run: outcome.changed ? outcome.run : null,
    unreachable: unreachable.map(({ name, error }) => ({
      destination: name,
      code: error.code,
      message: error.message,
    })),
    missingCopies,
  };
}

/** Whether something was left undone that another run is to try again. */
export function isPartial(outcome: RunOutcome): boolean {
  const { problems, unreachable, missingCopies } = outcome;
  return problems > 0 || unreachable.length > 0 || missingCopies.length > 0;
}

/** The exit status of a run. */
export function runExitCode(outcome: RunOutcome): number {
  return isPartial(outcome) ? exitCodes.partial : exitCodes.ok;
}

function figuresOf(outcome: RunOutcome): [string, string][] {
  const { filesStored, bytesStored, filesLinked, filesUnchanged, bytesUnchanged } = outcome;
  const pairs: [string, number, string][] = [
    ["Stored", filesStored, `${counted(filesStored, "file")}, ${size(bytesStored)}`],
    ["Linked", filesLinked, `${counted(filesLinked, "file")} whose content was stored already`],
    ["Unchanged", filesUnchanged, `${counted(filesUnchanged, "file")}, ${size(bytesUnchanged)}`],
    [
      "Gone",
      outcome.entriesDeleted,
      `${counted(outcome.entriesDeleted, "name")}; restore --run N brings them back`,
    ],
    ["Packs", outcome.packs, `${counted(outcome.packs, "pack")}, ${size(outcome.packBytes)}`],
    [
      "Repaired",
      outcome.healedPacks,
      counted(outcome.healedPacks, "copy of a pack", "copies of packs"),
    ],
    [
      "Left out",
      outcome.leftOut,
      counted(outcome.leftOut, "socket, pipe or device", "sockets, pipes and devices"),
    ],
    [
      "Problems",
      outcome.problems,
      `${counted(outcome.problems, "item")}, named above; the next run tries again`,
    ],
  ];
  return pairs.filter(([, count]) => count > 0).map(([name, , text]) => [name, text]);
}

/** What a run did, for people, with what to do next. */
export function runOutcomeText(archive: string, outcome: RunOutcome): string {
  const shown = displayPath(archive);
  const again = `coldstow resume ${shown}`;
  const lacking = outcome.missingCopies.map(
    ({ destination, packs }) => `${destination} lacks ${counted(packs, "pack")}.`,
  );
  const left = isPartial(outcome)
    ? [...lacking, `Not everything is done. Later: ${again}`]
    : outcome.changed
      ? [`Next: coldstow verify ${shown}`]
      : [];
  const head = outcome.changed
    ? `Run ${outcome.run} of ${shown} is done.`
    : "Nothing to do: nothing is new, changed or gone.";
  const table = figuresOf(outcome);
  return [head, ...(table.length === 0 ? [] : [facts(table)]), ...left].join("\n");
}
