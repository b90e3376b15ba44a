import type { Catalogue, RestoreJob } from "@coldstow/catalogue";
import { describeError } from "@coldstow/contracts";
import type { Archive } from "../archive/archive.ts";
import { factsOf, isSameSelection, readFacts, type JobFacts } from "./job-facts.ts";
import { lockThaw } from "./lock-work.ts";

/** A job that is open, and what it is about. */
export interface OpenJob {
  readonly job: RestoreJob;
  readonly facts: JobFacts;
}

/** What a command is about. */
export interface JobRequest {
  /** The folder, absolute; empty where nothing is restored. */
  readonly destination: string;
  readonly select: readonly string[] | undefined;
  /** As it was asked for: undefined for the newest. */
  readonly run: number | undefined;
}

/**
 * The open job that a command goes on with: that of the same folder, paths and run; else one of
 * the same paths and run that only thawed.
 */
async function findJob(
  catalogue: Catalogue,
  { destination, select, run }: JobRequest,
): Promise<OpenJob | undefined> {
  const asked = factsOf(select, run);
  const fitting: OpenJob[] = [];
  for (const job of await catalogue.restoreJobs("open")) {
    const facts = readFacts(job.selection);
    if (facts !== undefined && isSameSelection(facts, asked)) fitting.push({ job, facts });
  }
  return (
    fitting.find(({ job }) => job.destination === destination) ??
    fitting.find(({ job }) => job.destination === "")
  );
}

/**
 * As {@link findJob}, held until it is released. A thaw that is under way in another process is not
 * taken over: what it asks for is found thawing or ready.
 */
export async function jobToGoOnWith(
  archive: Archive,
  request: JobRequest,
): Promise<(OpenJob & { release(): void }) | undefined> {
  const found = await findJob(archive.catalogue, request);
  if (found === undefined) return undefined;
  const isOwn = found.job.destination === request.destination;
  if (isOwn) return { ...found, release: () => undefined };
  try {
    const lock = lockThaw(archive.path);
    return { ...found, release: () => lock.release() };
  } catch (error) {
    if (describeError(error).code !== "E_LOCKED") throw error;
    return undefined;
  }
}

/** What was fetched a second from a destination, as the newest job that knows it says. */
export async function knownRates(catalogue: Catalogue): Promise<Readonly<Record<string, number>>> {
  const rates: Record<string, number> = {};
  const jobs = [...(await catalogue.restoreJobs("done")), ...(await catalogue.restoreJobs("open"))];
  for (const { selection } of jobs.toSorted((a, b) => Number(a.updatedNs - b.updatedNs))) {
    Object.assign(rates, readFacts(selection)?.bandwidth);
  }
  return rates;
}
