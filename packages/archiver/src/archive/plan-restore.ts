import type { SelectionTotals } from "@coldstow/catalogue";
import type { RestoreOptions } from "../restore/restore-options.ts";
import type { ThawChoices } from "../thaw/thaw-choices.ts";
import { costOfPlan, type ThawPlanPart } from "../thaw/thaw-plan.ts";
import { planThaw } from "../thaw/plan-thaw.ts";
import type { Money } from "../tariff/index.ts";
import type { BackendAccess } from "./backend-access.ts";
import { selectionFor } from "../restore/selection-for.ts";
import type { WorkOptions } from "./archive.ts";
import { withCatalogueCopy } from "./catalogue-copy.ts";

/** What a restore would bring back and read. */
export interface RestorePlan extends SelectionTotals {
  readonly run: number;
  /** What would be taken from destinations whose packs are frozen; absent where there are none. */
  readonly thaw?: readonly ThawPlanPart[];
  /** Of thawing and fetching, in millionths of the currency's unit; absent where it is not known. */
  readonly cost?: Money;
}

export interface PlanRestoreOptions
  extends
    Pick<RestoreOptions, "run" | "select" | "onExisting" | "progress">,
    Pick<WorkOptions, "signal"> {
  readonly path: string;
  /** The folder to restore to; absent where packs are only thawed. */
  readonly destination?: string;
  readonly from?: string;
  readonly thaw?: ThawChoices;
  readonly backends: BackendAccess;
}

/**
 * What `restoreArchive` or `thawArchive` would do, from a copy of the catalogue. Destinations are asked for
 * nothing but the states of packs, and only where one is not a folder of this machine.
 * @throws {E_NOT_FOUND} if a path was not there, or there was no such run
 */
export async function planRestore(options: PlanRestoreOptions): Promise<RestorePlan> {
  return withCatalogueCopy(options.path, async (catalogue) => {
    const selection = await selectionFor(catalogue, options.select, options.run);
    try {
      const run = options.run ?? (await catalogue.newestRun());
      const { destination = "", thaw: choices = {} } = options;
      const thaw = await planThaw(catalogue, selection, { ...options, destination, thaw: choices });
      const cost = costOfPlan(thaw);
      return {
        run,
        ...(await selection.totals()),
        ...(thaw.length > 0 && { thaw }),
        ...(cost !== undefined && { cost }),
      };
    } finally {
      await selection.close();
    }
  });
}
