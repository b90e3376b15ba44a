import type { ColdState } from "@coldstow/contracts";

import { isArchived } from "./profiles.ts";

/** What a store says of an archived object's copy that can be read. */
export interface Restoring {
  readonly ongoing: boolean;
  /** When the copy goes away: ISO 8601 UTC. */
  readonly until?: string;
}

export interface ObjectState {
  readonly state: ColdState;
  readonly readyUntil?: string;
}

/**
 * Reads the header `x-amz-restore`: `ongoing-request="true"`, or `ongoing-request="false",
 * expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"` (Amazon S3 API Reference, HeadObject).
 */
export function parseRestore(header: string | undefined): Restoring | undefined {
  const ongoing = /ongoing-request\s*=\s*"?(true|false)"?/i.exec(header ?? "")?.[1];
  if (ongoing === undefined) return undefined;
  const expiry = /expiry-date\s*=\s*"([^"]*)"/i.exec(header ?? "")?.[1];
  const time = expiry === undefined ? Number.NaN : Date.parse(expiry);
  const until = Number.isNaN(time) ? {} : { until: new Date(time).toISOString() };
  return { ongoing: ongoing.toLowerCase() === "true", ...until };
}

/** The state of an object of this class, of which the store says this. */
export function objectState(
  storageClass: string | undefined,
  restoring: Restoring | undefined,
): ObjectState {
  if (!isArchived(storageClass)) return { state: "ready" };
  if (restoring === undefined) return { state: "frozen" };
  if (restoring.ongoing) return { state: "thawing" };
  return restoring.until === undefined
    ? { state: "ready" }
    : { state: "ready", readyUntil: restoring.until };
}
