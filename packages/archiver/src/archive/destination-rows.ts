import type { Catalogue, Destination } from "@coldstow/catalogue";
import type { ProgressSink } from "@coldstow/contracts";
import type { ArchiveSettings } from "../settings/archive-settings.ts";
import { nowNs } from "./clock.ts";

/**
 * Brings what the catalogue says of its destinations in line with the settings, which may have been
 * changed since: adds new ones, marks those that are gone, replaces their settings.
 * @returns the id of each destination, by name
 */
export async function updateDestinationRows(
  catalogue: Catalogue,
  settings: ArchiveSettings,
  progress: ProgressSink,
): Promise<ReadonlyMap<string, number>> {
  const rows = new Map((await catalogue.destinations()).map((row) => [row.name, row]));
  const wanted = new Set(settings.destinations.map(({ name }) => name));
  for (const row of rows.values()) {
    if (row.state === "removed" || wanted.has(row.name)) continue;
    await catalogue.removeDestination(row.id);
    const message = `${row.name} is no longer one of the archive's destinations. What lies there was left.`;
    progress({ type: "warning", message });
  }
  const ids = new Map<string, number>();
  for (const { name, scheme, settings: given } of settings.destinations) {
    const row = rows.get(name);
    if (row === undefined || row.state === "removed") {
      const added = { name, scheme, settings: given, addedNs: nowNs() };
      ids.set(name, await catalogue.addDestination(added));
      continue;
    }
    ids.set(name, row.id);
    if (sameSettings(row, given)) continue;
    await catalogue.updateDestination(row.id, given);
    if (!(await hasCopies(catalogue, row.id))) continue;
    const message = `The settings of ${name} have changed. If it is another place now, run coldstow verify before the next resume, so that what is missing there is stored again.`;
    progress({ type: "warning", message });
  }
  return ids;
}

async function hasCopies(catalogue: Catalogue, id: number): Promise<boolean> {
  const { rows } = await catalogue.copiesOnDestination(id, { state: "stored", limit: 1 });
  return rows.length > 0;
}

function sameSettings(row: Destination, given: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(row.settings), ...Object.keys(given)]);
  return [...names].every((name) => row.settings[name] === given[name]);
}
