import type { Catalogue } from "@coldstow/catalogue";
import { isColdstowError } from "@coldstow/contracts";
import { readSettings } from "../settings/read-settings.ts";

/** How many copies an archive is to have, as `[Repository] copies` and `kinds` say. */
export interface CopiesPolicy {
  /** On how many destinations a pack must lie. */
  readonly copies: number;
  /** On how many kinds of storage: `local`, `sftp`, `s3` … */
  readonly kinds: number;
}

/**
 * The policy in the settings that an archive keeps. One without settings, as after `recover`, wants a
 * copy on each destination that it knows.
 */
export async function keptPolicy(catalogue: Catalogue): Promise<CopiesPolicy> {
  const text = await catalogue.meta("config");
  const inUse = (await catalogue.destinations()).filter(({ state }) => state === "active");
  const otherwise = { copies: Math.max(1, inUse.length), kinds: 1 };
  if (text === undefined) return otherwise;
  try {
    const { copies, kinds } = readSettings(text).settings;
    return { copies, kinds };
  } catch (error) {
    // Whatever needs the settings themselves says what is wrong with them.
    if (isColdstowError(error) && error.code === "E_CONFIG") return otherwise;
    throw error;
  }
}
