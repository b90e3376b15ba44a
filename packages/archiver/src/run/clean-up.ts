import { isColdstowError, objectKey } from "@coldstow/contracts";
import type { RunContext } from "./run-context.ts";

/**
 * Removes what a run that was cut has left at the destinations: objects of packs that were planned and
 * never committed. A pack is forgotten only once no destination can have its object. O(packs in work then).
 */
export async function cleanUp(context: RunContext): Promise<void> {
  const { archive, journal, report, spool } = context;
  await spool.clear();
  for (const pack of await journal.unfinishedPacks()) {
    const key = objectKey(pack.key);
    try {
      for (const { backend } of archive.destinations) {
        await backend.delete(key);
        await backend.staged?.sweep(key);
      }
      await journal.forgetPack(pack.id);
    } catch (error) {
      const code = isColdstowError(error) ? error.code : undefined;
      const reason = error instanceof Error ? error.message : String(error);
      report.warning(`What is left of a cut run could not be removed yet: ${reason}`, code);
    }
  }
}
