import type { GroupName } from "@coldstow/backend-testkit";

// Spelled out, so that --help need not load the scenarios; the type keeps it complete.
const all: Readonly<Record<GroupName, true>> = {
  "round-trips": true,
  ranges: true,
  "all-or-nothing": true,
  fixity: true,
  cancelling: true,
  replacing: true,
  listing: true,
  stating: true,
  deleting: true,
  keys: true,
  sources: true,
  concurrency: true,
  "capability-claims": true,
  "staged-files": true,
  "cold-states": true,
  uncertainty: true,
  closing: true,
};

/** The groups of scenarios, in the order in which they run. */
export const groupNames: readonly GroupName[] = Object.keys(all) as GroupName[];
