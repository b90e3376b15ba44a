import type { Bench } from "./bench.ts";
import type { Expectations } from "./harness.ts";

/** One sentence about the behaviour of every backend, and its proof on an empty store. */
export interface Scenario {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}

/** The scenarios of a group, for a backend of which the harness expects this. */
export type ScenarioGroup = (expect: Expectations) => readonly Scenario[];
