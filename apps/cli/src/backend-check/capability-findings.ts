import type { CheckReport, GroupName } from "@coldstow/backend-testkit";
import type { Capabilities } from "@coldstow/contracts";

/** What the scenarios say of one claim. `unproven`: none of them can tell. */
export type Finding = "confirmed" | "refuted" | "not checked" | "unproven";

export interface CapabilityFinding {
  readonly name: keyof Capabilities;
  readonly claimed: boolean | number | string | null;
  readonly found: Finding;
}

/** The groups that put a claim to the test. */
const provenBy: Readonly<Record<keyof Capabilities, readonly GroupName[]>> = {
  atomicPut: ["all-or-nothing", "cancelling"],
  conditionalPut: ["replacing"],
  rangeRead: ["ranges"],
  resumeUpload: [],
  serverDigest: ["capability-claims"],
  maxObjectBytes: ["capability-claims"],
  maxConcurrent: ["concurrency"],
  freeRead: [],
};

function finding(
  proofs: readonly GroupName[],
  report: CheckReport,
  ran: ReadonlySet<string>,
): Finding {
  if (proofs.length === 0) return "unproven";
  if (report.failed.some(({ group }) => proofs.includes(group))) return "refuted";
  return proofs.every((group) => ran.has(group)) ? "confirmed" : "not checked";
}

/** What the backend says of itself, and what was found. */
export function capabilityFindings(
  claimed: Capabilities,
  report: CheckReport,
  ran: ReadonlySet<string>,
): CapabilityFinding[] {
  return (Object.keys(provenBy) as (keyof Capabilities)[]).map((name) => ({
    name,
    claimed: claimed[name] ?? null,
    found: finding(provenBy[name], report, ran),
  }));
}
