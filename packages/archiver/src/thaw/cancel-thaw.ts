import { existsSync } from "node:fs";
import type { Catalogue, RestoreJob } from "@coldstow/catalogue";
import { ColdstowError } from "@coldstow/contracts";
import { openCatalogue } from "../archive/open-archive.ts";
import { nsOfMs, systemClock } from "./clock.ts";
import { factsOf, readFacts } from "./job-facts.ts";
import { jobFigures } from "./thaw-waiting.ts";
import type { PackFigures } from "../restore/restore-options.ts";

/** A restore that was given up. */
export interface CancelledJob {
  /** The folder it restored to; empty where it only thawed. */
  readonly destination: string;
  /** Asked for at a destination, which goes on with it and may charge for it. */
  readonly asked: PackFigures;
}

/**
 * Closes open restores that wait for frozen packs. Nothing is told to the destinations: what they were
 * asked for cannot be taken back.
 * @param select only those of these paths; all of them if absent
 * @throws {E_NOT_FOUND} if there is no such archive
 */
export async function cancelThaw(
  path: string,
  select?: readonly string[],
): Promise<readonly CancelledJob[]> {
  if (!existsSync(path)) {
    throw new ColdstowError("E_NOT_FOUND", `There is no archive ${path}.`, { subject: path });
  }
  const catalogue = await openCatalogue(path, false);
  try {
    const cancelled: CancelledJob[] = [];
    for (const job of await catalogue.restoreJobs("open")) {
      if (!isAbout(job, select)) continue;
      cancelled.push(await cancel(catalogue, job));
    }
    return cancelled;
  } finally {
    await catalogue.close();
  }
}

async function cancel(catalogue: Catalogue, job: RestoreJob): Promise<CancelledJob> {
  const { asked, ready } = jobFigures(await catalogue.restoreJobGroups(job.id));
  await catalogue.closeRestoreJob(job.id, "cancelled", nsOfMs(systemClock.now()));
  const sum = { packs: asked.packs + ready.packs, bytes: asked.bytes + ready.bytes };
  return { destination: job.destination, asked: sum };
}

function isAbout(job: RestoreJob, select: readonly string[] | undefined): boolean {
  if (select === undefined || select.length === 0) return true;
  const wanted = factsOf(select, undefined).paths;
  return JSON.stringify(readFacts(job.selection)?.paths) === JSON.stringify(wanted);
}
