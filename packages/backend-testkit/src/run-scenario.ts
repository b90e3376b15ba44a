import { Bench } from "./bench.ts";
import { groups, type GroupName } from "./groups/index.ts";
import type { Harness } from "./harness.ts";
import type { Scenario } from "./scenario.ts";

const defaultTimeoutMs = 60_000;

export interface NamedScenario {
  readonly group: GroupName;
  readonly scenario: Scenario;
}

/** A group that does not run, and the harness's reason. */
export interface LeftOut {
  readonly group: GroupName;
  readonly reason: string;
}

/**
 * The scenarios that this harness runs, and the groups that it leaves out.
 * @throws {TypeError} if it leaves out a group that does not exist, or gives no reason
 */
export function selectScenarios(harness: Harness): {
  readonly scenarios: readonly NamedScenario[];
  readonly leftOut: readonly LeftOut[];
} {
  const reasons = new Map(Object.entries(harness.leaveOut ?? {}));
  for (const [group, reason] of reasons) {
    if (!Object.hasOwn(groups, group)) throw new TypeError(`there is no group ${group}`);
    if (reason.trim() === "")
      throw new TypeError(`the group ${group} is left out without a reason`);
  }
  const names = Object.keys(groups) as GroupName[];
  return {
    scenarios: names
      .filter((group) => !reasons.has(group))
      .flatMap((group) => groups[group](harness.expect).map((scenario) => ({ group, scenario }))),
    leftOut: names.flatMap((group) => {
      const reason = reasons.get(group);
      return reason === undefined ? [] : [{ group, reason }];
    }),
  };
}

/**
 * Runs one scenario on a store of its own, which is closed and cleaned up whatever happens.
 * @throws what the scenario, the backend or the harness throws, or an Error when the time is over
 */
export async function runScenario(harness: Harness, scenario: Scenario): Promise<void> {
  const store = await harness.open();
  const bench = new Bench(store, harness);
  const timeoutMs = harness.timeoutMs ?? defaultTimeoutMs;
  const { promise: overtime, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`the scenario did not end within ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    await Promise.race([scenario.run(bench), overtime]);
    await Promise.race([bench.close(), overtime]);
  } catch (error) {
    // The first fault counts; closing a broken backend may fail too, or never end.
    await Promise.race([bench.close(), overtime]).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
    await store.cleanup();
  }
}
