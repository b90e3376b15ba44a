import type { ScenarioGroup } from "../scenario.ts";
import { allOrNothing } from "./all-or-nothing.ts";
import { cancelling } from "./cancelling.ts";
import { capabilityClaims } from "./capability-claims.ts";
import { closing } from "./closing.ts";
import { coldStates } from "./cold-states.ts";
import { concurrency } from "./concurrency.ts";
import { deleting } from "./deleting.ts";
import { fixity } from "./fixity.ts";
import { keys } from "./keys.ts";
import { listing } from "./listing.ts";
import { ranges } from "./ranges.ts";
import { replacing } from "./replacing.ts";
import { roundTrips } from "./round-trips.ts";
import { sources } from "./sources.ts";
import { stagedFiles } from "./staged-files.ts";
import { stating } from "./stating.ts";
import { uncertainty } from "./uncertainty.ts";

export type GroupName =
  | "round-trips"
  | "ranges"
  | "all-or-nothing"
  | "fixity"
  | "cancelling"
  | "replacing"
  | "listing"
  | "stating"
  | "deleting"
  | "keys"
  | "sources"
  | "concurrency"
  | "capability-claims"
  | "staged-files"
  | "cold-states"
  | "uncertainty"
  | "closing";

/** Every group by its name. A harness runs all of them, or says why it leaves one out. */
export const groups: Readonly<Record<GroupName, ScenarioGroup>> = {
  "round-trips": roundTrips,
  ranges,
  "all-or-nothing": allOrNothing,
  fixity,
  cancelling,
  replacing,
  listing,
  stating,
  deleting,
  keys,
  sources,
  concurrency,
  "capability-claims": capabilityClaims,
  "staged-files": stagedFiles,
  "cold-states": coldStates,
  uncertainty,
  closing,
};
