import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareTrees } from "../tools/compare-trees.ts";
import { killAtRandomInstants, type KillOutcome } from "../tools/run-kill.ts";
import { checkCommitted, checkSettled, type Committed } from "./check-archive.ts";
import { copyTree } from "./copy-tree.ts";
import { bringBackState, keepState } from "./kept-state.ts";
import { changeTree, wholeTree, writeTree } from "./seeded-tree.ts";
import { backUpOnce, newArchive, placeAt, restoreOnce, type Place } from "./session.ts";

/** The script that the fault tests start and kill. */
export const childScript: string = fileURLToPath(new URL("./child.ts", import.meta.url));

/** What the kills hit. */
export interface KillFigures {
  kills: number;
  /** Before the archive was open. */
  early: number;
  /** In the middle of a run or a restore. */
  working: number;
  /** The process had ended, or its work had. */
  late: number;
  archives: number;
  /** Kills are drawn from 0 to this; it follows the machine, so that most kills hit work. */
  withinMs: number;
}

const shift = { early: 1.1, working: 1, late: 0.85 };
const runsPerArchive = 3;
const killsPerRun = 2;

/**
 * Kills `start`, `resume` and `restore` at seeded random instants, on one archive after the other, and
 * checks after each kill that nothing committed is lost, and after each run that everything is whole.
 * @throws an error that names the seed, the run and what is wrong
 */
export async function killRounds(
  folder: string,
  times: number,
  seed: number,
): Promise<KillFigures> {
  const figures: KillFigures = {
    kills: 0,
    early: 0,
    working: 0,
    late: 0,
    archives: 0,
    withinMs: 0,
  };
  mkdirSync(folder, { recursive: true });
  const place = placeAt(folder);
  mkdirSync(place.source);
  await newArchive(place, true);
  keepState(place, "new");
  figures.withinMs = typicalDurationMs(place, seed);
  while (figures.kills < times) {
    bringBackState(place, "new");
    figures.archives += 1;
    const life = new ArchiveLife(place, seed * 1000 + figures.archives, figures);
    try {
      await life.live(times);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${seed}, archive ${figures.archives}, run ${life.round}: ${reason}`, {
        cause: error,
      });
    }
  }
  return figures;
}

/** How long a first run takes that nobody kills, from the start of its process to its end. */
function typicalDurationMs(place: Place, seed: number): number {
  writeTree(place.source, seed, wholeTree);
  const began = performance.now();
  const child = spawnSync(process.execPath, [childScript, place.folder, "start"]);
  if (child.status !== 0) throw new Error(`the child failed by itself: ${String(child.stderr)}`);
  return performance.now() - began;
}

class ArchiveLife {
  round = 0;
  readonly #place: Place;
  readonly #seed: number;
  readonly #figures: KillFigures;
  #committed: Committed = new Set();

  constructor(place: Place, seed: number, figures: KillFigures) {
    this.#place = place;
    this.#seed = seed;
    this.#figures = figures;
  }

  async live(times: number): Promise<void> {
    const { source, folder } = this.#place;
    const versions = new Map<number, string>();
    writeTree(source, this.#seed, wholeTree);
    for (this.round = 1; this.round <= runsPerArchive; this.round += 1) {
      if (this.round > 1) changeTree(source, this.#seed, this.round);
      const kind = this.round === 1 ? "start" : "resume";
      await this.#kill([kind], killsPerRun, times);
      const run = await this.#finish();
      versions.set(run, join(folder, `version ${this.round}`));
      copyTree(source, join(folder, `version ${this.round}`));
      await this.#killRestore(times);
    }
    for (const [run, version] of versions) {
      await this.#restore(join(folder, "old version"), version, run);
      rmSync(version, { recursive: true });
    }
  }

  /** Starts the child until it was killed so many times, each time at another instant. */
  async #kill(args: string[], wanted: number, times: number): Promise<void> {
    const figures = this.#figures;
    const { folder } = this.#place;
    await killAtRandomInstants({
      command: process.execPath,
      args: [childScript, folder, ...args],
      times: Math.max(0, Math.min(wanted, times - figures.kills)),
      seed: this.#seed * 10 + this.round,
      maxMs: figures.withinMs,
      onAfter: async (_, wasKilled, outcome) => {
        figures.kills += 1;
        const hit = hitBy(wasKilled, outcome);
        figures[hit] += 1;
        figures.withinMs *= shift[hit];
        await this.#check();
      },
    });
  }

  async #check(): Promise<void> {
    const { problems, committed } = await checkCommitted(this.#place, this.#committed);
    this.#committed = committed;
    if (problems.length > 0) throw new Error(`after a kill: ${problems.join("; ")}`);
  }

  /** Brings the run to its end. @returns the newest run */
  async #finish(): Promise<number> {
    const result = await backUpOnce(this.#place, "resume");
    if (result.problems > 0) throw new Error(`${result.problems} files were not stored`);
    await this.#check();
    const left = await checkSettled(this.#place);
    if (left.length > 0) throw new Error(`after the run: ${left.join("; ")}`);
    const again = await backUpOnce(this.#place, "resume");
    if (again.changed) throw new Error("a run after the run still found something to do");
    return again.run - 1;
  }

  async #killRestore(times: number): Promise<void> {
    const destination = join(this.#place.folder, "restored");
    await this.#kill(["restore", destination], 1, times);
    await this.#restore(destination, this.#place.source);
  }

  async #restore(destination: string, expected: string, run?: number): Promise<void> {
    const result = await restoreOnce(this.#place, destination, run);
    if (result.failed + result.skipped > 0) {
      throw new Error(`restore: ${result.failed} failed, ${result.skipped} skipped`);
    }
    const differences = compareTrees(expected, destination);
    if (differences.length > 0) throw new Error(`restored: ${JSON.stringify(differences)}`);
    rmSync(destination, { recursive: true });
  }
}

function hitBy(wasKilled: boolean, outcome: KillOutcome): "early" | "working" | "late" {
  if (!wasKilled && outcome.exitCode !== 0) {
    throw new Error(`the child failed by itself: ${outcome.stderr}`);
  }
  if (outcome.stdout.includes("ended")) return "late";
  return outcome.stdout.includes("working") ? "working" : "early";
}
