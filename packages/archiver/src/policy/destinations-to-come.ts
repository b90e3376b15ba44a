import type { Catalogue } from "@coldstow/catalogue";
import { policySettings } from "./policy-settings.ts";

/**
 * The destinations that the settings name and the archive does not use yet: the next run stores there.
 * From the catalogue alone.
 */
export async function destinationsToCome(catalogue: Catalogue): Promise<readonly string[]> {
  const settings = await policySettings(catalogue);
  if (settings === undefined) return [];
  const rows = await catalogue.destinations();
  const inUse = new Set(rows.filter(({ state }) => state === "active").map(({ name }) => name));
  return settings.destinations.map(({ name }) => name).filter((name) => !inUse.has(name));
}
