import type { Catalogue, JobPackGroup } from "@coldstow/catalogue";
import type { PackFigures } from "../restore/restore-options.ts";
import { isoOfMs, msOfNs } from "./clock.ts";
import { readFacts } from "./job-facts.ts";
import { jobFigures } from "./thaw-waiting.ts";

/** A restore that waits for frozen packs, for people. */
export interface OpenRestore {
  readonly id: number;
  /** The folder; empty where it only thaws. */
  readonly destination: string;
  /** The paths asked for; null for everything. */
  readonly paths: readonly string[] | null;
  /** The run asked for; null for the newest. */
  readonly run: number | null;
  /** ISO 8601 UTC. */
  readonly openedAt: string;
  readonly done: PackFigures;
  readonly asked: PackFigures;
  readonly ready: PackFigures;
  readonly left: PackFigures;
  /** When the first of what is on its way is expected: ISO 8601 UTC. */
  readonly firstReadyAt?: string;
  readonly lastReadyAt?: string;
}

/** The restores that are open, from the catalogue alone; no destination is asked. */
export async function openRestores(catalogue: Catalogue): Promise<readonly OpenRestore[]> {
  const found: OpenRestore[] = [];
  for (const { id, destination, selection, createdNs } of await catalogue.restoreJobs("open")) {
    const groups = await catalogue.restoreJobGroups(id);
    const facts = readFacts(selection);
    found.push({
      id,
      destination,
      paths: facts?.paths ?? null,
      run: facts?.run ?? null,
      openedAt: isoOfMs(msOfNs(createdNs)),
      ...jobFigures(groups),
      ...timesOf(groups.filter(({ state }) => state === "requested" || state === "thawing")),
    });
  }
  return found;
}

function timesOf(
  groups: readonly JobPackGroup[],
): Pick<OpenRestore, "firstReadyAt" | "lastReadyAt"> {
  const firsts = groups.flatMap(({ firstReadyNs }) => firstReadyNs ?? []).map(msOfNs);
  const lasts = groups.flatMap(({ lastReadyNs }) => lastReadyNs ?? []).map(msOfNs);
  if (firsts.length === 0) return {};
  return {
    firstReadyAt: isoOfMs(Math.min(...firsts)),
    lastReadyAt: isoOfMs(Math.max(...lasts)),
  };
}
