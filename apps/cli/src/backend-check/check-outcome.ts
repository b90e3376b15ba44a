import type { Account, CheckReport, GroupName, ScenarioResult } from "@coldstow/backend-testkit";
import { isColdstowError } from "@coldstow/contracts";
import { counted } from "../render/count.ts";
import { size } from "../render/size.ts";
import { table } from "../render/table.ts";
import { leftText } from "./left-text.ts";
import { type CapabilityFinding, capabilityFindings } from "./capability-findings.ts";

/** One group of scenarios, as it went. */
export interface GroupOutcome {
  readonly group: GroupName;
  readonly passed: number;
  readonly failed: readonly {
    readonly name: string;
    readonly code: string | null;
    readonly message: string;
  }[];
  /** Why it did not run; null where it did. */
  readonly leftOut: string | null;
}

/** What `backend check --json` answers. */
export interface CheckOutcome {
  readonly destination: string;
  readonly title: string;
  readonly prefix: string;
  readonly passed: number;
  readonly failed: number;
  readonly groups: readonly GroupOutcome[];
  /** Whether every group was asked for. */
  readonly complete: boolean;
  readonly capabilities: readonly CapabilityFinding[];
  readonly traffic: Account["traffic"];
  /** Keys that could not be removed. */
  readonly left: readonly string[];
}

function failureOf({ name, error }: ScenarioResult): GroupOutcome["failed"][number] {
  const message = error instanceof Error ? error.message : String(error);
  return { name, code: isColdstowError(error) ? error.code : null, message };
}

/** Sums up what a check found, group by group. */
export function checkOutcome(facts: {
  readonly destination: string;
  readonly title: string;
  readonly account: Account;
  readonly report: CheckReport;
  readonly results: readonly ScenarioResult[];
  readonly left: readonly string[];
  readonly chosen: readonly GroupName[];
}): CheckOutcome {
  const { destination, title, account, report, results, left, chosen } = facts;
  const ran = [...Map.groupBy(results, ({ group }) => group)].map(([group, members]) => {
    const failed = members.filter(({ error }) => error !== undefined).map(failureOf);
    return { group, passed: members.length - failed.length, failed, leftOut: null };
  });
  const leftOut = report.leftOut
    .filter(({ group }) => chosen.includes(group))
    .map(({ group, reason }) => ({ group, passed: 0, failed: [], leftOut: reason }));
  const names = new Set<string>(ran.map(({ group }) => group));
  return {
    destination,
    title,
    prefix: account.prefix,
    passed: report.passed,
    failed: report.failed.length,
    groups: [...ran, ...leftOut],
    complete: chosen.length >= ran.length + report.leftOut.length,
    capabilities: capabilityFindings(account.backend.capabilities, report, names),
    traffic: { ...account.traffic },
    left,
  };
}

function claim(value: CapabilityFinding["claimed"]): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === Number.MAX_SAFE_INTEGER) return "no limit";
  return value === null ? "none" : String(value);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

/** What was found, for people. */
export function checkText(outcome: CheckOutcome): string {
  const { groups, capabilities, traffic, left, prefix } = outcome;
  const groupRows = groups.map(({ group, passed, failed, leftOut }) =>
    leftOut === null
      ? [group, String(passed), String(failed.length), ""]
      : [group, "-", "-", `left out: ${leftOut}`],
  );
  const failures = groups.flatMap(({ group, failed }) =>
    failed.map(
      ({ name, code, message }) =>
        `${group}: ${name}\n    ${firstLine(message)}${code === null ? "" : ` [${code}]`}`,
    ),
  );
  return [
    table(
      [
        { title: "Group" },
        { title: "Passed", align: "right" },
        { title: "Failed", align: "right" },
        { title: "", shrinks: true },
      ],
      groupRows,
    ),
    "",
    table(
      [{ title: "Capability" }, { title: "Claimed" }, { title: "Found" }],
      capabilities.map(({ name, claimed, found }) => [name, claim(claimed), found]),
    ),
    "",
    ...(failures.length === 0 ? [] : [...failures, ""]),
    `${counted(traffic.puts, "upload")} (${size(traffic.sentBytes)}), ${counted(traffic.gets, "download")}, ${counted(traffic.otherCalls, "other call")}.`,
    leftText(prefix, left),
    verdict(outcome),
  ].join("\n");
}

function verdict({ passed, failed, complete }: CheckOutcome): string {
  if (failed > 0) {
    return `${counted(failed, "scenario")} failed: do not entrust an archive to this destination.`;
  }
  const told = `${counted(passed, "scenario")} passed`;
  return complete
    ? `${told}: coldstow can rely on this destination.`
    : `${told}; the groups that were not asked for are not checked.`;
}
