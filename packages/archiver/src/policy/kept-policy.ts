import type { Catalogue } from "@coldstow/catalogue";
import { policySettings } from "./policy-settings.ts";

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
  const settings = await policySettings(catalogue);
  if (settings !== undefined) return { copies: settings.copies, kinds: settings.kinds };
  const inUse = (await catalogue.destinations()).filter(({ state }) => state === "active");
  return { copies: Math.max(1, inUse.length), kinds: 1 };
}
