import { ColdstowError, type ProgressSink, type ThawState } from "@coldstow/contracts";
import type { JobPackChange, Catalogue } from "@coldstow/catalogue";
import type { Archive } from "../archive/archive.ts";
import type { Clock } from "./clock.ts";
import type { ColdDestination } from "./cold-destination.ts";

/** What every step of thawing works with: an open job and those who answer. */
export interface ThawContext {
  readonly archive: Archive;
  readonly cold: ReadonlyMap<number, ColdDestination>;
  /** Open for writing. */
  readonly notes: Catalogue;
  readonly job: number;
  readonly clock: Clock;
  readonly progress: ProgressSink;
  readonly signal: AbortSignal | undefined;
  /** Takes note of what a destination was asked just now, and whether it tells times. */
  readonly heard: (destination: number, answers: Iterable<ThawState>) => void;
  /** Notes that a destination's copy of a pack is no good. */
  readonly reject: (pack: number, destination: number) => void;
  /** Destinations whose copy of a pack is no good. */
  readonly without: (pack: number) => ReadonlySet<number>;
  /** Chooses another copy of packs whose own is no good, and notes it. */
  readonly reconsider: (packs: readonly number[]) => Promise<void>;
}

/** Notes new states; a list of none writes nothing. */
export async function note(
  { notes, job }: Pick<ThawContext, "notes" | "job">,
  changes: readonly JobPackChange[],
): Promise<void> {
  if (changes.length > 0) await notes.changeRestoreJobPacks(job, changes);
}

/** @throws {E_CANCELLED} if the signal has fired */
export function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new ColdstowError("E_CANCELLED", "Interrupted. What was restored so far is whole.", {
    hint: "Run the same command again: it goes on where it stopped, and nothing is asked for twice.",
  });
}
