import type { GroupName } from "./groups/index.ts";
import type { Harness } from "./harness.ts";
import { runScenario, selectScenarios, type LeftOut } from "./run-scenario.ts";

export interface ScenarioResult {
  readonly group: GroupName;
  readonly name: string;
  /** Undefined where the scenario passed. */
  readonly error?: unknown;
}

export interface CheckReport {
  readonly passed: number;
  readonly failed: readonly ScenarioResult[];
  readonly leftOut: readonly LeftOut[];
}

export interface CheckOptions {
  /** Only these groups; the report names the others as left out. */
  readonly only?: readonly GroupName[];
  readonly onResult?: (result: ScenarioResult) => void;
}

/** Runs the scenarios one after another without a test framework, as `coldstow backend check` does. */
export async function checkBackend(
  harness: Harness,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const { scenarios, leftOut } = selectScenarios(harness);
  const chosen = ({ group }: { readonly group: GroupName }): boolean =>
    options.only === undefined || options.only.includes(group);
  const notChosen = new Set(scenarios.filter((entry) => !chosen(entry)).map(({ group }) => group));
  let passed = 0;
  const failed: ScenarioResult[] = [];
  for (const { group, scenario } of scenarios.filter(chosen)) {
    let result: ScenarioResult = { group, name: scenario.name };
    try {
      await runScenario(harness, scenario);
      passed += 1;
    } catch (error) {
      result = { ...result, error };
      failed.push(result);
    }
    options.onResult?.(result);
  }
  return {
    passed,
    failed,
    leftOut: [
      ...leftOut,
      ...[...notChosen].map((group) => ({ group, reason: "another choice of groups was made" })),
    ],
  };
}
