import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compareTrees } from "../tools/compare-trees.ts";
import { checkCommitted, checkSettled } from "./check-archive.ts";
import { bringBackState, keepState } from "./kept-state.ts";
import { childScript } from "./kill-rounds.ts";
import { changeTree, smallTree, writeTree } from "./seeded-tree.ts";
import { backUpOnce, newArchive, placeAt, restoreOnce, type Place } from "./session.ts";
import type { StopAt } from "./stop-points.ts";

/** A run and where it is stopped. */
export interface Stop extends StopAt {
  readonly kind: "start" | "resume";
}

/** An archive of which the first run, and a second one with every kind of change, are stopped. */
export class StopRounds {
  readonly #place: Place;

  private constructor(place: Place) {
    this.#place = place;
  }

  static async at(folder: string, seed: number): Promise<StopRounds> {
    mkdirSync(folder, { recursive: true });
    const place = placeAt(folder);
    writeTree(place.source, seed, smallTree);
    await newArchive(place, false);
    keepState(place, "start");
    await backUpOnce(place, "start");
    changeTree(place.source, seed, 1);
    await backUpOnce(place, "resume");
    // The kind of a name changes back here, which needs a pack before the others.
    changeTree(place.source, seed, 2);
    keepState(place, "resume");
    return new StopRounds(place);
  }

  /** Every place where either run can be stopped. */
  allStops(): Stop[] {
    const stops: Stop[] = [];
    for (const kind of ["start", "resume"] as const) {
      bringBackState(this.#place, kind);
      const ended = /^ended (\d+)$/m.exec(this.#runChild([kind]).stdout)?.[1];
      for (let step = 1; step <= Number(ended); step += 1) {
        stops.push({ kind, step, when: "before" }, { kind, step, when: "after" });
      }
    }
    return stops;
  }

  /** Stops a run there, checks what it left, brings it to its end and checks everything. */
  async tryStop(stop: Stop): Promise<void> {
    const { kind, step, when } = stop;
    try {
      await this.#tryStop(stop);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${kind} stopped ${when} step ${step}: ${reason}`, { cause: error });
    }
  }

  async #tryStop({ kind, step, when }: Stop): Promise<void> {
    const place = this.#place;
    bringBackState(place, kind);
    const before = (await checkCommitted(place)).committed;
    const child = this.#runChild([kind, String(step), when]);
    if (child.signal !== "SIGKILL") throw new Error(`it was not stopped: ${child.stderr}`);
    const after = await checkCommitted(place, before);
    demand(after.problems);
    await backUpOnce(place, "resume");
    demand((await checkCommitted(place, after.committed)).problems);
    demand(await checkSettled(place));
    const restored = join(place.folder, "restored");
    rmSync(restored, { recursive: true, force: true });
    await restoreOnce(place, restored);
    demand(compareTrees(place.source, restored).map((one) => JSON.stringify(one)));
  }

  #runChild(args: string[]): { signal: string | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [childScript, this.#place.folder, ...args], {
      encoding: "utf8",
    });
  }
}

function demand(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join("; "));
}
