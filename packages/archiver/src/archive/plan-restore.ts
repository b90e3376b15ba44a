import type { SelectionTotals } from "@coldstow/catalogue";
import type { RestoreOptions } from "../restore/restore-options.ts";
import { selectionFor } from "../restore/selection-for.ts";
import { withCatalogueCopy } from "./catalogue-copy.ts";

/** What a restore would bring back and read. */
export interface RestorePlan extends SelectionTotals {
  readonly run: number;
}

/**
 * What `restoreArchive` would do, from a copy of the catalogue; no destination is asked.
 * @throws {E_NOT_FOUND} if a path was not there, or there was no such run
 */
export async function planRestore(
  options: Pick<RestoreOptions, "run" | "select"> & { readonly path: string },
): Promise<RestorePlan> {
  return withCatalogueCopy(options.path, async (catalogue) => {
    const selection = await selectionFor(catalogue, options.select, options.run);
    try {
      const run = options.run ?? (await catalogue.newestRun());
      return { run, ...(await selection.totals()) };
    } finally {
      await selection.close();
    }
  });
}
