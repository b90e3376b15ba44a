import type { CopiesReport } from "@coldstow/archiver";
import type { Catalogue, Copy, CopyState, Run } from "@coldstow/catalogue";
import { rowsOf } from "./rows-of.ts";

/** How the copies on one destination are. */
export interface DestinationStatus {
  readonly name: string;
  readonly state: "active" | "removed";
  /** Packs by the state of their copy here. */
  readonly copies: Readonly<Record<CopyState, number>>;
  /** Packs that this destination should have and has no copy of, in any state. */
  readonly absent: number;
  /** When the copy verified longest ago was verified; undefined where one never was. */
  readonly verifiedSinceNs: bigint | undefined;
}

export interface ArchiveStatus {
  readonly name: string;
  readonly packs: number;
  readonly storedBytes: number;
  readonly lastRun: Run | undefined;
  /** The last ten, newest first. */
  readonly recentRuns: readonly Run[];
  readonly destinations: readonly DestinationStatus[];
  /** Destinations that the settings name and that nothing was put at yet, or not since they are named again. */
  readonly destinationsToCome: readonly string[];
  /** Files of the newest state that no destination has a good copy of. */
  readonly filesWithoutCopy: number;
  /** How far the copies are as the settings want them, and what the loss of a destination would mean. */
  readonly copies: CopiesReport;
  /**
   * Everything that can be stored is on every destination in use, the policy is kept, and the last run
   * came to its end.
   */
  readonly complete: boolean;
}

const shownRuns = 10;

async function destinationStatus(
  catalogue: Catalogue,
  destination: { readonly id: number; readonly name: string; readonly state: "active" | "removed" },
  packs: number,
): Promise<DestinationStatus> {
  const copies: Record<CopyState, number> = { stored: 0, missing: 0, damaged: 0, deleted: 0 };
  let oldest: bigint | undefined;
  let unverified = false;
  for await (const copy of rowsOf<Copy, number>((after) =>
    catalogue.copiesOnDestination(destination.id, after),
  )) {
    copies[copy.state] += 1;
    if (copy.state !== "stored") continue;
    if (copy.verifiedNs === null) unverified = true;
    else if (oldest === undefined || copy.verifiedNs < oldest) oldest = copy.verifiedNs;
  }
  const known = copies.stored + copies.missing + copies.damaged;
  return {
    name: destination.name,
    state: destination.state,
    copies,
    absent: Math.max(0, packs - known),
    verifiedSinceNs: unverified ? undefined : oldest,
  };
}

/** How an archive is, from its catalogue alone. O(copies + files · log(files)); no destination is asked. */
export async function archiveStatus(catalogue: Catalogue): Promise<ArchiveStatus> {
  const { packs, bytes } = await catalogue.packTotals();
  const newest = await catalogue.newestRun();
  const lastRun = await catalogue.run(newest);
  const recent = await catalogue.runs({ after: Math.max(0, newest - shownRuns) });
  const destinations: DestinationStatus[] = [];
  for (const destination of await catalogue.destinations()) {
    destinations.push(await destinationStatus(catalogue, destination, packs));
  }
  const { copiesReport, destinationsToCome, filesWithoutCopy, keptPolicy, missingCopies } =
    await import("@coldstow/archiver");
  const lacking = await missingCopies(catalogue);
  const filesLost = await filesWithoutCopy(catalogue);
  const copies = await copiesReport(catalogue, await keptPolicy(catalogue));
  const toCome = await destinationsToCome(catalogue);
  const ended = lastRun === undefined || lastRun.state === "done";
  return {
    name: (await catalogue.meta("name")) ?? "",
    packs,
    storedBytes: bytes,
    lastRun,
    recentRuns: recent.rows.toReversed(),
    destinations,
    destinationsToCome: toCome,
    filesWithoutCopy: filesLost,
    copies,
    complete: ended && toCome.length === 0 && lacking.length === 0 && filesLost === 0 && copies.met,
  };
}
