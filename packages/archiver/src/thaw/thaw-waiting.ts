import type { JobPackGroup, JobPackState } from "@coldstow/catalogue";
import type { PackFigures, ThawWaiting } from "../restore/restore-options.ts";
import { sumOf } from "./thaw-plan.ts";

/** Packs of a job by what a person wants to know of them. */
export function jobFigures(
  groups: readonly JobPackGroup[],
): Pick<ThawWaiting, "done" | "asked" | "ready" | "left"> {
  const of = (...states: readonly JobPackState[]): PackFigures =>
    sumOf(groups.filter(({ state }) => states.includes(state)));
  return {
    done: of("fetched", "done"),
    asked: of("requested", "thawing"),
    ready: of("ready"),
    left: of("planned"),
  };
}

/** True where packs are left that have to be read. */
export function isUnfinished(groups: readonly JobPackGroup[]): boolean {
  const { asked, ready, left } = jobFigures(groups);
  return asked.packs + ready.packs + left.packs > 0;
}
