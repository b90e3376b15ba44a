import { type Catalogue, type Selection } from "@coldstow/catalogue";
import type { Archive, WorkOptions } from "../archive/archive.ts";
import type { BackendAccess } from "../archive/backend-access.ts";
import { openArchive, openCatalogue } from "../archive/open-archive.ts";
import { readFrom } from "../archive/restore-archive.ts";
import type { ThawWaiting } from "../restore/restore-options.ts";
import { selectionFor } from "../restore/selection-for.ts";
import { JobNotes } from "./job-notes.ts";
import { lockThaw } from "./lock-work.ts";
import type { ThawChoices } from "./thaw-choices.ts";
import { stopIfCancelled } from "./thaw-context.ts";
import { ThawJob } from "./thaw-job.ts";
import { jobFigures } from "./thaw-waiting.ts";

export interface ThawOptions extends Pick<WorkOptions, "progress" | "signal"> {
  /** Paths or patterns, as for a restore; everything if absent. */
  readonly select?: readonly string[];
  /** As of which run; default: the newest. */
  readonly run?: number;
  readonly thaw?: ThawChoices;
  /** Opens the catalogue for noting, where the archive's own only reads. */
  readonly openNotes?: () => Promise<Catalogue>;
}

export interface ThawArchiveOptions extends Omit<ThawOptions, "openNotes"> {
  readonly path: string;
  readonly backends: BackendAccess;
  readonly bytesPerSecond?: number;
  /** Ask this destination only, named as in the ini. */
  readonly from?: string;
}

/**
 * What thawing came to. `nothing`: no pack that is needed is frozen anywhere; `ready`: all of them can be
 * read now; `waiting`: some are on their way, or still to be asked for.
 */
export interface ThawResult extends Omit<ThawWaiting, "done"> {
  readonly outcome: "nothing" | "ready" | "waiting";
}

/**
 * Asks an archive's destinations for what a restore of the paths will need, without restoring. The
 * restore of the same paths goes on from there.
 * @throws {E_BUDGET} if it would cost more than may be spent; nothing was asked for
 * @throws what `openArchive` and `thawPacks` throw
 */
export async function thawArchive(options: ThawArchiveOptions): Promise<ThawResult> {
  const { bytesPerSecond, from, path } = options;
  const archive = await openArchive(path, {
    ...options,
    access: "read",
    ...(from !== undefined && { needed: [from] }),
  });
  try {
    return await thawPacks(readFrom(archive, from), {
      ...options,
      thaw: { ...options.thaw, ...(bytesPerSecond !== undefined && { bytesPerSecond }) },
      openNotes: () => openCatalogue(path, false),
    });
  } finally {
    await archive.close();
  }
}

/**
 * As {@link thawArchive}, for an archive that is open.
 * @throws {E_NOT_FOUND} if a path was not there in that run
 * @throws {E_LOCKED} if another process thaws for this archive
 */
export async function thawPacks(archive: Archive, options: ThawOptions): Promise<ThawResult> {
  const lock = lockThaw(archive.path);
  const notes = new JobNotes(archive.path, options.openNotes ?? (async () => archive.catalogue));
  try {
    const { progress, run, select, signal, thaw: choices = {} } = options;
    const request = { destination: "", select, run };
    const thaw = await ThawJob.open({ archive, notes, request, choices, progress, signal });
    const selection = await selectionFor(archive.catalogue, select, thaw?.run ?? run);
    try {
      if (thaw === undefined) return { ...nothingToAsk(), outcome: "nothing" };
      return await ask(archive, thaw, selection, options);
    } finally {
      await selection.close();
    }
  } finally {
    if (options.openNotes !== undefined) await notes.close();
    lock.release();
  }
}

async function ask(
  archive: Archive,
  thaw: ThawJob,
  selection: Selection,
  { run, signal, thaw: choices }: ThawOptions,
): Promise<ThawResult> {
  await thaw.survey(
    run ?? (await archive.catalogue.newestRun()),
    (after, limit) => selection.neededPacks({ limit, ...(after !== undefined && { after }) }),
    async () => true,
  );
  await thaw.checkBudget();
  await thaw.topUp();
  thaw.throwFailure();
  for (;;) {
    const { done: _, ...waiting } = await thaw.waiting();
    const { asked, ready, left } = waiting;
    if (asked.packs + left.packs === 0) {
      await thaw.done();
      return { ...waiting, outcome: ready.packs === 0 ? "nothing" : "ready" };
    }
    if (choices?.wait !== true || asked.packs === 0) return { ...waiting, outcome: "waiting" };
    await thaw.sleep();
    stopIfCancelled(signal);
    await thaw.look();
  }
}

function nothingToAsk(): Omit<ThawResult, "outcome"> {
  const { asked, ready, left } = jobFigures([]);
  return { asked, ready, left, comeBackAt: "", plan: [] };
}
