import type { DeleteReport, DeletionFacts } from "@coldstow/archiver";
import { displayPath, exitCodes } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { size } from "../render/size.ts";

/** The exit status of a deletion. */
export function deleteExitCode({ failuresTotal }: DeleteReport): number {
  return failuresTotal > 0 ? exitCodes.partial : exitCodes.ok;
}

/** What is about to be deleted, for a person to confirm. */
export function deletionQuestion(facts: DeletionFacts): string {
  const { name, destinations, packs, bytes } = facts;
  return `This deletes the copies of ${displayPath(name)}, ${counted(packs, "pack")}, ${size(bytes)}, at ${destinations.join(", ")}. They cannot be brought back.`;
}

/** What a deletion did, for people. */
export function deleteText(archive: string, report: DeleteReport): string {
  const { copies, bytes, packs, shared, failures, failuresTotal } = report;
  const shown = displayPath(archive);
  return [
    `Deleted ${counted(copies, "copy", "copies")} of packs, ${size(bytes)}. ${counted(packs, "pack")} no longer ${packs === 1 ? "has" : "have"} a copy anywhere.`,
    ...shared.map(
      (name) => `${name} keeps README-RECOVERY.txt and identity.age: others lie there.`,
    ),
    ...failures
      .slice(0, 20)
      .map(
        ({ key, destination, code, message }) =>
          `Not deleted: ${key === undefined ? destination : `${displayPath(key)} at ${destination}`}: ${message} [${code}]`,
      ),
    failuresTotal > 0
      ? `${counted(failuresTotal, "deletion")} failed; the same command again tries those again.`
      : `${shown} itself stays, and says what was deleted; remove it if you no longer need it.`,
  ].join("\n");
}
