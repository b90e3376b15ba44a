import type { OpenRestore } from "@coldstow/archiver";
import type { Run } from "@coldstow/catalogue";
import { runDocument, runText } from "../archive/archive-facts.ts";
import { type ArchiveStatus, archiveStatus } from "../archive/archive-status.ts";
import { copiesDocument, copiesLines, copiesAdvice } from "../archive/copies-text.ts";
import { openRestoreLines } from "../archive/open-restores.ts";
import { withCatalogue } from "../archive/with-catalogue.ts";
import { BaseCommand } from "../base-command.ts";
import { archiveArgument } from "../flags.ts";
import { counted } from "../render/count.ts";
import { size } from "../render/size.ts";
import { table } from "../render/table.ts";
import { isoOfNs, minuteOfNs } from "../render/time.ts";

function statusText(
  status: ArchiveStatus,
  restores: readonly OpenRestore[],
  archive: string,
): string {
  const { packs, storedBytes, destinations, destinationsToCome: toCome } = status;
  const rows = destinations.map(({ name, state, copies, absent, verifiedSinceNs }) => [
    state === "active" || toCome.includes(name) ? name : `${name} (removed)`,
    String(copies.stored),
    String(copies.missing + absent),
    String(copies.damaged),
    verifiedSinceNs === undefined ? "not wholly" : minuteOfNs(verifiedSinceNs),
  ]);
  const columns = [
    { title: "Destination", shrinks: true },
    { title: "Stored", align: "right" },
    { title: "Missing", align: "right" },
    { title: "Damaged", align: "right" },
    { title: "Verified since" },
  ] as const;
  return [
    ...runLines(status.recentRuns),
    `Packs: ${packs}, ${size(storedBytes)}`,
    "",
    table(columns, rows),
    ...toCome.map((name) =>
      destinations.some((one) => one.name === name)
        ? `${name}: was removed and is named again; run coldstow resume`
        : `${name}: nothing stored there yet; run coldstow resume`,
    ),
    "",
    ...copiesLines(status.copies),
    "",
    ...openRestoreLines(restores),
    ...(status.filesWithoutCopy === 0
      ? []
      : [`${counted(status.filesWithoutCopy, "file has", "files have")} no good copy anywhere.`]),
    ...copiesAdvice(status.copies, toCome),
    status.complete
      ? "Everything is on all destinations."
      : `Not everything is done. Run: coldstow resume ${archive}`,
  ].join("\n");
}

function runLines(runs: readonly Run[]): string[] {
  const [last, ...before] = runs.map(runText);
  return [`Last run: ${last ?? "none"}`, ...before.map((line) => `  before: ${line}`)];
}

export default class Status extends BaseCommand {
  static override summary = "Say how complete and how well verified an archive is.";
  static override description =
    "For each destination: how many packs are stored, missing or damaged there, and since when all were verified; how many packs have the copies that the settings want; what would be lost with it; the last ten runs; and the restores that wait for frozen packs. Read from the catalogue; no destination is asked.";
  static override examples = ["<%= config.bin %> status photos.archive"];

  static override args = { archive: archiveArgument };

  async run(): Promise<void> {
    const { args } = await this.parse(Status);
    const { openRestores } = await import("@coldstow/archiver");
    const [status, restores] = await withCatalogue(
      args.archive,
      { readOnly: true },
      async (catalogue) => [await archiveStatus(catalogue), await openRestores(catalogue)] as const,
    );
    await this.answer(
      {
        ...status,
        openRestores: restores,
        lastRun: status.lastRun === undefined ? null : runDocument(status.lastRun),
        recentRuns: status.recentRuns.map(runDocument),
        copies: copiesDocument(status.copies),
        destinations: status.destinations.map(({ verifiedSinceNs, ...destination }) =>
          Object.assign(destination, {
            verifiedSince: verifiedSinceNs === undefined ? null : isoOfNs(verifiedSinceNs),
          }),
        ),
      },
      () => statusText(status, restores, args.archive),
    );
  }
}
