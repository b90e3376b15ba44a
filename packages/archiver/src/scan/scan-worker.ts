import { parentPort, workerData } from "node:worker_threads";
import type { ScannedDirectory } from "@coldstow/catalogue/journal";
import type { ScanRules } from "./scan-rules.ts";
import { walk, type ScanProblem } from "./walk.ts";

export interface ScanRequest {
  readonly root: string;
  readonly rules: ScanRules;
  /** One 32-bit counter of batches that the receiver has not taken yet. */
  readonly waiting: Int32Array;
}

/** What the worker posts; the last one has `done`. */
export interface ScanBatch {
  readonly directories: readonly ScannedDirectory[];
  readonly problems: readonly ScanProblem[];
  readonly done: boolean;
}

const batchChildren = 4_000;
const maxWaiting = 8;

const { root, rules, waiting } = workerData as ScanRequest;
let directories: ScannedDirectory[] = [];
let problems: ScanProblem[] = [];
let children = 0;

function send(done: boolean): void {
  for (
    let count = Atomics.load(waiting, 0);
    count >= maxWaiting;
    count = Atomics.load(waiting, 0)
  ) {
    Atomics.wait(waiting, 0, count);
  }
  Atomics.add(waiting, 0, 1);
  parentPort?.postMessage({ directories, problems, done } satisfies ScanBatch);
  directories = [];
  problems = [];
  children = 0;
}

for (const found of walk(root, rules)) {
  if (found.type === "directory") {
    directories.push(found.directory);
    children += found.directory.names.length + 1;
  } else {
    problems.push(found.problem);
    children += 1;
  }
  if (children >= batchChildren) send(false);
}
send(true);
