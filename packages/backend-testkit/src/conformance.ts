import type { Harness } from "./harness.ts";
import { runScenario, selectScenarios, type LeftOut } from "./run-scenario.ts";

/** What a test framework's `test` is used as. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;
/** What a test framework's `describe` is used as; it calls `body` before it returns. */
export type DescribeFunction = (name: string, body: () => void) => unknown;

export interface ConformanceOptions extends Harness {
  readonly test: TestFunction;
  readonly describe?: DescribeFunction;
}

/** What was registered; nothing is left out that does not stand here. */
export interface ConformancePlan {
  readonly scenarios: number;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Registers every scenario as a test. A group that the harness leaves out appears as a test of its
 * own, whose name gives the reason, so that a report shows it.
 */
export function conformance(options: ConformanceOptions): ConformancePlan {
  const { scenarios, leftOut } = selectScenarios(options);
  const describe: DescribeFunction = options.describe ?? ((_name, body) => body());
  for (const [group, members] of Map.groupBy(scenarios, (entry) => entry.group)) {
    describe(group, () => {
      for (const { scenario } of members) {
        const name = options.describe === undefined ? `${group}: ${scenario.name}` : scenario.name;
        options.test(name, () => runScenario(options, scenario));
      }
    });
  }
  for (const { group, reason } of leftOut) {
    options.test(`${group}: LEFT OUT: ${reason}`, async () => undefined);
  }
  return { scenarios: scenarios.length, leftOut };
}
