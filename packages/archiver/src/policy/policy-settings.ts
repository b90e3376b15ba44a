import type { Catalogue } from "@coldstow/catalogue";
import { isColdstowError } from "@coldstow/contracts";
import type { ArchiveSettings } from "../settings/archive-settings.ts";
import { readSettings } from "../settings/read-settings.ts";

/** The settings that an archive keeps; undefined where it keeps none that can be read. No backend is asked. */
export async function policySettings(catalogue: Catalogue): Promise<ArchiveSettings | undefined> {
  const text = await catalogue.meta("config");
  if (text === undefined) return undefined;
  try {
    return readSettings(text).settings;
  } catch (error) {
    // Whatever needs the settings themselves says what is wrong with them.
    if (isColdstowError(error) && error.code === "E_CONFIG") return undefined;
    throw error;
  }
}
