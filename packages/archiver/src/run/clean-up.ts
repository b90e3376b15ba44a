import { isColdstowError, objectKey } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Removes what a run that was cut has left at the destinations: objects of packs that were planned and
 * never committed, and copies of the catalogue that are not known to have arrived. They are forgotten only
 * once no destination can have the object. O(packs in work then).
 */
export async function cleanUp(context: RunContext): Promise<void> {
  const { archive, journal, spool } = context;
  await spool.clear();
  for (const pack of await journal.unfinishedPacks()) {
    await attempt(context, async () => {
      for (const one of archive.destinations) await removeObject(one, pack.key);
      await journal.forgetPack(pack.id);
    });
  }
  for (const { destination, key } of await journal.unfinishedCatalogueCopies()) {
    const at = archive.destinations.find((one) => one.id === destination);
    if (at === undefined) continue;
    await attempt(context, async () => {
      await removeObject(at, key);
      await archive.catalogue.removeCatalogueCopy(destination, key);
    });
  }
}

async function removeObject({ backend }: OpenDestination, name: string): Promise<void> {
  const key = objectKey(name);
  await backend.delete(key);
  await backend.staged?.sweep(key);
}

async function attempt(context: RunContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = isColdstowError(error) ? error.code : undefined;
    const reason = error instanceof Error ? error.message : String(error);
    context.report.warning(`What is left of a cut run could not be removed yet: ${reason}`, code);
  }
}
