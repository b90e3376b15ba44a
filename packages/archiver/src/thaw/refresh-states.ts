import type { JobPack, JobPackChange, JobPackState } from "@coldstow/catalogue";
import { objectKey } from "@coldstow/contracts";
import { askStates, keysPerCall } from "./ask-states.ts";
import type { ColdDestination } from "./cold-destination.ts";
import { changeFor } from "./request-packs.ts";
import { note, stopIfCancelled, type ThawContext } from "./thaw-context.ts";

/**
 * Asks what became of packs that are on their way, or of those that are ready, and notes it. A pack
 * that froze again is planned anew; one that is gone is looked for elsewhere.
 * O(packs in these states); memory holds a page.
 */
export async function refreshStates(
  context: ThawContext,
  states: readonly JobPackState[],
  isWanted: (pack: JobPack) => boolean = () => true,
): Promise<void> {
  for (let after = 0; ;) {
    stopIfCancelled(context.signal);
    const page = await context.notes.restoreJobPacks(context.job, {
      states,
      after,
      limit: keysPerCall,
    });
    await refreshPacks(context, page.rows.filter(isWanted));
    if (page.next === undefined) return;
    after = page.next;
  }
}

/** As {@link refreshStates}, for these packs. */
export async function refreshPacks(context: ThawContext, packs: readonly JobPack[]): Promise<void> {
  for (const [id, from] of context.cold) {
    const own = packs.filter(({ destination }) => destination === id);
    if (own.length > 0) await refreshAt(context, from, own);
  }
}

async function refreshAt(
  context: ThawContext,
  from: ColdDestination,
  packs: readonly JobPack[],
): Promise<void> {
  const keys = packs.map(({ key }) => objectKey(key));
  const answers = await askStates(from.cold, keys, context.signal);
  const told = [...answers.values()].filter((answer) => answer !== "missing");
  context.heard(from.destination.id, told);
  const changes: JobPackChange[] = [];
  const gone: number[] = [];
  let frozenAgain = 0;
  for (const { pack, key, state } of packs) {
    const answer = answers.get(key);
    if (answer === undefined || answer === "missing") {
      context.reject(pack, from.destination.id);
      gone.push(pack);
    } else if (answer.state === "frozen") {
      changes.push({ pack, state: "planned", readyNs: null });
      if (state !== "requested") frozenAgain += 1;
    } else {
      changes.push(...changeFor(pack, answer));
    }
  }
  await note(context, changes);
  tellFrozenAgain(context, from, frozenAgain);
  if (gone.length > 0) await context.reconsider(gone);
}

/** Says that packs were thawed in vain. */
export function tellFrozenAgain(
  { progress }: Pick<ThawContext, "progress">,
  { destination }: ColdDestination,
  packs: number,
): void {
  if (packs === 0) return;
  const what = packs === 1 ? "1 pack" : `${packs} packs`;
  progress({
    type: "warning",
    code: "E_FROZEN",
    message: `${destination.title}: ${what} froze again before being fetched; asking for them again.`,
  });
}
