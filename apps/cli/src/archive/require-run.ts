import type { Catalogue } from "@coldstow/catalogue";
import { ColdstowError } from "@coldstow/contracts";

/**
 * The run with this number; the newest where none is named.
 * @throws {E_NOT_FOUND} naming the runs that there are
 */
export async function requireRun(catalogue: Catalogue, run: number | undefined): Promise<number> {
  const newest = await catalogue.newestRun();
  if (run === undefined) return newest;
  if ((await catalogue.run(run)) === undefined) {
    const there = newest === 0 ? "no runs yet" : `runs up to ${newest}`;
    throw new ColdstowError("E_NOT_FOUND", `there is no run ${run}; the archive has ${there}`, {
      subject: String(run),
      hint: "coldstow status ARCHIVE lists the last runs.",
    });
  }
  return run;
}
