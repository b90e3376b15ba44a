import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import type { Contender, Job, Places } from "./contender.ts";
import { jobs } from "./contender.ts";
import type { Cost } from "./measured-run.ts";
import { measuredRun } from "./measured-run.ts";
import { compareTrees } from "../tests/tools/compare-trees.ts";
import { storedBytes } from "./stored-bytes.ts";

/** One measured job of one round. */
export interface Measurement extends Cost {
  contender: string;
  job: Job;
  /** What lies in the store afterwards. */
  storedBytes: number;
}

/** A contender that could not finish a round. Its later rounds are left out. */
export interface Failure {
  contender: string;
  job: Job | "preparation";
  message: string;
}

/** All that was measured. */
export interface Results {
  measurements: Measurement[];
  failures: Failure[];
}

/**
 * Runs every contender `rounds` times, by turns, so that a slow minute of the machine falls on all.
 * Everything but the corpus is removed before and after each contender.
 */
export async function runRounds(
  contenders: readonly Contender[],
  rounds: number,
  source: string,
  folder: string,
  tell: (line: string) => void,
): Promise<Results> {
  const results: Results = { measurements: [], failures: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      if (results.failures.some((failure) => failure.contender === contender.name)) continue;
      tell(`round ${round} of ${rounds}: ${contender.name}`);
      await runContender(contender, { source, ...freshPlaces(folder) }, results, tell);
      rmSync(`${folder}/round`, { recursive: true });
    }
  }
  return results;
}

function freshPlaces(folder: string): Omit<Places, "source"> {
  const round = `${folder}/round`;
  rmSync(round, { recursive: true, force: true });
  mkdirSync(`${round}/work`, { recursive: true });
  mkdirSync(`${round}/store`);
  return { work: `${round}/work`, store: `${round}/store`, restored: `${round}/restored` };
}

async function runContender(
  contender: Contender,
  places: Places,
  results: Results,
  tell: (line: string) => void,
): Promise<void> {
  let job: Failure["job"] = "preparation";
  try {
    contender.prepare?.(places);
    for (job of jobs) {
      const command = contender.command(job, places);
      if (command === undefined) continue;
      // What one job left unwritten is not the next one's work.
      spawnSync("sync");
      const cost = await measuredRun(command);
      const stored = storedBytes(places.store);
      results.measurements.push({ contender: contender.name, job, ...cost, storedBytes: stored });
      tell(`  ${job}: ${cost.wallSeconds.toFixed(2)} s`);
      if (job === "restore") checkRestored(contender, places);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    results.failures.push({ contender: contender.name, job, message });
    tell(`  ${job} failed: ${message}`);
  }
}

/** A restore that brings back something else is no restore, however fast. */
function checkRestored(contender: Contender, places: Places): void {
  const root = contender.restoredRoot?.(places) ?? places.restored;
  const [first] = compareTrees(places.source, root, { loose: true });
  if (first !== undefined) throw new Error(`the restored tree differs: ${JSON.stringify(first)}`);
}
