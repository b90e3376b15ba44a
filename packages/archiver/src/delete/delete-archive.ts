import type { SqlDriver } from "@coldstow/catalogue";
import { throwIfCancelled } from "@coldstow/contracts";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import { chosenDestinations } from "../verify/chosen-destinations.ts";
import { SeenObjects } from "../verify/seen-objects.ts";
import { deleteCatalogueCopies, deleteKeys } from "./delete-companions.ts";
import { deletePacks } from "./delete-packs.ts";
import { DeleteTally } from "./delete-tally.ts";
import type { DeleteOptions, DeleteReport } from "./deletion.ts";

/**
 * Deletes an archive at its destinations: packs first, then the catalogue's copies, then identity.age
 * and the recovery note. Only keys that the catalogue knows as this archive's are touched. A copy is
 * noted as deleted once the destination says that it is gone; the same call again goes on where one
 * was cut or failed. The catalogue itself stays, and a later run stores everything again. The archive
 * must be locked by the caller. O(packs · log).
 * @returns counts, and what could not be deleted
 * @throws {E_NOT_FOUND} naming a destination that the archive does not have
 * @throws {E_CANCELLED} what was deleted until then is noted
 */
export async function deleteArchive(
  archive: Archive,
  options: DeleteOptions,
): Promise<DeleteReport> {
  const { progress, signal } = options;
  const { driver } = archive.catalogue;
  const chosen = chosenDestinations(archive, options.destinations);
  const tally = new DeleteTally(progress);
  const seen = new SeenObjects(driver);
  try {
    progress({ type: "stage", stage: "delete", ...totals(driver, chosen) });
    for (const destination of chosen) {
      throwIfCancelled(signal);
      try {
        await seen.fill(destination, signal);
        await deletePacks(driver, destination, tally, signal);
      } catch (error) {
        tally.failed(destination.name, undefined, error);
        continue;
      }
      await deleteCatalogueCopies(archive, destination, tally);
      await deleteKeys(archive, destination, tally);
    }
    tally.packs = markDeleted(driver);
    return tally.report();
  } finally {
    // Also when it was cut, so that no run counts on packs without a copy.
    markDeleted(driver);
    seen.drop();
  }
}

function totals(
  driver: SqlDriver,
  chosen: readonly OpenDestination[],
): { readonly totalItems: number; readonly totalBytes: number } {
  const row = driver
    .prepare(
      `SELECT count(*) AS n, coalesce(sum(p.size), 0) AS bytes FROM copy c JOIN pack p ON p.id = c.pack
      WHERE c.state <> 'deleted' AND c.destination IN (SELECT value FROM json_each(?))`,
    )
    .get(JSON.stringify(chosen.map((one) => one.id)));
  return { totalItems: Number(row?.["n"]), totalBytes: Number(row?.["bytes"]) };
}

/** Packs without any copy that could be there are deleted. @returns how many became so */
function markDeleted(driver: SqlDriver): number {
  return driver
    .prepare(
      `UPDATE pack SET state = 'deleted' WHERE state = 'stored' AND NOT EXISTS
        (SELECT 1 FROM copy c WHERE c.pack = pack.id AND c.state <> 'deleted')`,
    )
    .run().changes;
}
