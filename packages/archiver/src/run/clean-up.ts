import { objectKey } from "@coldstow/contracts";
import type { Lane } from "./lane.ts";
import type { RunContext } from "./run-context.ts";

const later = "What is left there of a cut run is removed by a later one.";

/**
 * Removes what a run that was cut has left at the destinations: objects of packs that were planned and
 * never committed, and copies of the catalogue that are not known to have arrived. They are forgotten only
 * once no destination can have the object: not while one of the archive's is out of reach.
 * O(packs in work then).
 */
export async function cleanUp(context: RunContext): Promise<void> {
  const { archive, journal, spool, uploads } = context;
  await spool.clear();
  const open = new Set(archive.destinations.map(({ id }) => id));
  const all = await archive.catalogue.destinations();
  const reachesAll = all.every(({ id, state }) => state === "removed" || open.has(id));
  for (const pack of await journal.unfinishedPacks()) {
    let isGone = reachesAll;
    for (const lane of uploads.lanes) isGone = (await removeObject(lane, pack.key)) && isGone;
    if (isGone) await journal.forgetPack(pack.id);
  }
  for (const { destination, key } of await journal.unfinishedCatalogueCopies()) {
    const at = uploads.lanes.find((one) => one.destination.id === destination);
    if (at === undefined || !(await removeObject(at, key))) continue;
    await archive.catalogue.removeCatalogueCopy(destination, key);
  }
}

/** @returns false if it may still be there, which was told */
async function removeObject({ destination, gate }: Lane, name: string): Promise<boolean> {
  if (gate.isShut) return false;
  const key = objectKey(name);
  const { backend } = destination;
  try {
    await gate.use(async () => {
      await backend.delete(key);
      await backend.staged?.sweep(key);
    });
    return true;
  } catch (error) {
    gate.tellFailure("could not be cleaned up", error, later);
    return false;
  }
}
