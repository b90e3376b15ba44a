import {
  type Account,
  checkBackend,
  type CheckReport,
  type GroupName,
  groups,
  type ScenarioResult,
} from "@coldstow/backend-testkit";
import { ColdstowError, describeError, type ProgressSink } from "@coldstow/contracts";
import { tell } from "../output.ts";
import { nearestName } from "@coldstow/archiver/settings";
import { groupNames } from "./group-names.ts";
import { leftText } from "./left-text.ts";

/**
 * The groups that `--only` names; all where it names none.
 * @throws {E_USAGE} naming the nearest group
 */
export function chosenGroups(only: readonly string[] | undefined): readonly GroupName[] {
  const unknown = only?.find((name) => !Object.hasOwn(groups, name));
  if (unknown !== undefined) {
    const near = nearestName(unknown, groupNames);
    throw new ColdstowError(
      "E_USAGE",
      `there is no group ${JSON.stringify(unknown)}${near === undefined ? "" : `; did you mean ${near}?`}`,
      { subject: "--only", hint: `The groups: ${groupNames.join(", ")}` },
    );
  }
  return only === undefined ? groupNames : groupNames.filter((name) => only.includes(name));
}

export interface CheckRun {
  readonly report: CheckReport;
  /** Each scenario that ran, in order. */
  readonly results: readonly ScenarioResult[];
  readonly left: readonly string[];
}

/**
 * Runs the scenarios and removes what they made, also after a failure or an interruption.
 * @throws what storing a first object throws, or {E_CANCELLED}; the message says what is left
 */
export async function runCheck(
  account: Account,
  only: readonly GroupName[],
  { progress, signal }: { readonly progress: ProgressSink; readonly signal: AbortSignal },
): Promise<CheckRun> {
  const results: ScenarioResult[] = [];
  let report: CheckReport | undefined;
  let failure: unknown;
  const tellCut = (): void => {
    tell(`The check was ended at once; remove by hand what is left below ${account.prefix}`);
  };
  // A second signal ends the process before anything is removed.
  process.once("exit", tellCut);
  try {
    const harness = await account.harness();
    const skipped = harness.leaveOut ?? {};
    const running = only.filter((group) => skipped[group] === undefined);
    const totalItems = running
      .map((group) => groups[group](harness.expect).length)
      .reduce((sum, count) => sum + count, 0);
    progress({ type: "stage", stage: "verify", totalItems });
    report = await checkBackend(harness, {
      only,
      onResult: (result) => {
        if (signal.aborted) return;
        results.push(result);
        tellResult(result, results.length, progress);
      },
    });
  } catch (error) {
    failure = error;
  }
  const left = await cleanedUp(account, progress);
  process.off("exit", tellCut);
  if (signal.aborted) throw interrupted(account, left, signal);
  if (report === undefined) {
    if (left.length > 0) progress({ type: "warning", message: leftText(account.prefix, left) });
    throw failure;
  }
  return { report, results, left };
}

function tellResult(result: ScenarioResult, done: number, progress: ProgressSink): void {
  const { group, name, error } = result;
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  progress(
    error === undefined
      ? { type: "item", outcome: "verified", name: `${group}: ${name}` }
      : { type: "item", outcome: "failed", name: `${group}: ${name}`, message },
  );
  progress({ type: "advance", stage: "verify", doneBytes: 0, doneItems: done });
}

async function cleanedUp(account: Account, progress: ProgressSink): Promise<readonly string[]> {
  try {
    return await account.cleanUp();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    progress({
      type: "warning",
      code: describeError(error).code,
      message: `What is left below ${account.prefix} is not known: ${reason}. Remove it by hand.`,
    });
    return [account.prefix];
  }
}

function interrupted(
  account: Account,
  left: readonly string[],
  signal: AbortSignal,
): ColdstowError {
  const message = `The check was interrupted. ${leftText(account.prefix, left)}`;
  return new ColdstowError("E_CANCELLED", message, { hint: "", cause: signal.reason });
}
