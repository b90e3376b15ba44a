import type { Catalogue, Destination, PackTotals, Run, Totals } from "@coldstow/catalogue";
import { displayPath } from "@coldstow/contracts";
import { number, size } from "../render/size.ts";
import { facts } from "../render/table.ts";
import { isoOfNs, minuteOfNs } from "../render/time.ts";

/** What an archive is. */
export interface ArchiveFacts {
  readonly id: string;
  readonly name: string;
  readonly createdNs: bigint | undefined;
  readonly source: string | undefined;
  readonly origin: string | undefined;
  readonly sealed: boolean;
  readonly totals: Totals;
  readonly packs: PackTotals;
  readonly destinations: readonly Destination[];
  readonly lastRun: Run | undefined;
}

/** Gathers what an archive is, from its catalogue. O(entries). */
export async function archiveFacts(catalogue: Catalogue): Promise<ArchiveFacts> {
  const created = await catalogue.meta("created_ns");
  return {
    id: (await catalogue.meta("archive_id")) ?? "",
    name: (await catalogue.meta("name")) ?? "",
    createdNs: created === undefined || !/^\d+$/.test(created) ? undefined : BigInt(created),
    source: await catalogue.meta("source"),
    origin: await catalogue.meta("origin"),
    sealed: ((await catalogue.meta("recipients")) ?? "") !== "",
    totals: await catalogue.totals(),
    packs: await catalogue.packTotals(),
    destinations: await catalogue.destinations(),
    lastRun: await catalogue.run(await catalogue.newestRun()),
  };
}

/** A run for `--json`. */
export function runDocument(run: Run): object {
  return {
    id: run.id,
    kind: run.kind,
    state: run.state,
    startedAt: isoOfNs(run.startedNs),
    endedAt: run.endedNs === null ? null : isoOfNs(run.endedNs),
    figures: run.figures,
  };
}

/** A run for people: `3 (resume), 2026-03-01 14:05, done`. */
export function runText(run: Run): string {
  return `${run.id} (${run.kind}), ${minuteOfNs(run.startedNs)}, ${run.state}`;
}

/** The facts for `--json`. */
export function archiveDocument(archive: ArchiveFacts): object {
  const { id, name, createdNs, source, origin, sealed, totals, packs, destinations, lastRun } =
    archive;
  return {
    id,
    name,
    createdAt: createdNs === undefined ? null : isoOfNs(createdNs),
    source,
    origin,
    encrypted: sealed,
    totals,
    packs,
    destinations: destinations.map(({ name: called, scheme, settings, state }) => ({
      name: called,
      scheme,
      settings,
      state,
    })),
    lastRun: lastRun === undefined ? null : runDocument(lastRun),
  };
}

/** The facts for people. */
export function archiveText(archive: ArchiveFacts): string {
  const { totals, packs } = archive;
  const pairs: [string, string][] = [
    ["Archive", `${displayPath(archive.name)} (${archive.id})`],
    ["Made", archive.createdNs === undefined ? "" : minuteOfNs(archive.createdNs)],
    ["From", displayPath(archive.source ?? "")],
    ["Converted from", archive.origin ?? ""],
    ["Encrypted", archive.sealed ? "yes, with age" : "no"],
    ["Files", `${number(totals.files)}, ${size(totals.fileBytes)}`],
    ["Directories", number(totals.directories)],
    ["Links", number(totals.symlinks)],
    ["Contents", `${number(totals.contents)}, ${size(totals.contentBytes)}`],
    ["Packs", `${number(packs.packs)}, ${size(packs.bytes)}`],
    ["Destinations", archive.destinations.map(({ name }) => name).join(", ")],
    ["Last run", archive.lastRun === undefined ? "none" : runText(archive.lastRun)],
  ];
  return facts(pairs.filter(([, value]) => value !== ""));
}
