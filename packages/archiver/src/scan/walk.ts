import { numbersPerChild, type ScannedDirectory } from "@coldstow/catalogue/journal";
import { errnoOf, type ItemOutcome } from "@coldstow/contracts";
import { lstatSync, type BigIntStats } from "node:fs";
import { below, fsPath, linkTarget, namesIn } from "../files/fs-path.ts";
import { storedId, storedNs } from "../files/stat-numbers.ts";
import { excludeFilter, type ExcludeFilter } from "../settings/exclude-filter.ts";
import { reservedFolder } from "../manifest/index.ts";
import type { ScanRules } from "./scan-rules.ts";

/** Something that the scan could not take in. */
export interface ScanProblem {
  readonly path: string;
  readonly outcome: Extract<ItemOutcome, "left-out" | "unreadable" | "vanished">;
  readonly message: string;
}

export type ScanFound =
  | { readonly type: "directory"; readonly directory: ScannedDirectory }
  | { readonly type: "problem"; readonly problem: ScanProblem };

const typeMask = 0o170000n;
const kindOfType = new Map<bigint, number>([
  [0o100000n, 0],
  [0o040000n, 1],
  [0o120000n, 2],
]);
const nameOfType = new Map<bigint, string>([
  [0o010000n, "a named pipe"],
  [0o140000n, "a socket"],
  [0o020000n, "a character device"],
  [0o060000n, "a block device"],
]);

/**
 * Walks a tree depth first, names sorted, parents before children, and never follows a symlink.
 * Synchronous, for a worker thread. O(entries) time; memory holds one directory and the names of the
 * directories still to visit.
 */
export function* walk(root: string, rules: ScanRules): Iterable<ScanFound> {
  const excluded = excludeFilter(rules);
  const skipped = new Set(rules.paths);
  const waiting = [""];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const problems: ScanProblem[] = [];
    const directory = readDirectory(root, path, excluded, skipped, problems);
    for (const problem of problems) yield { type: "problem", problem };
    if (directory === undefined) continue;
    yield { type: "directory", directory };
    for (let child = directory.names.length - 1; child >= 0; child -= 1) {
      if (directory.kinds[child] === 1) waiting.push(join(path, directory.names[child] ?? ""));
    }
  }
}

function readDirectory(
  root: string,
  path: string,
  excluded: ExcludeFilter,
  skipped: ReadonlySet<string>,
  problems: ScanProblem[],
): ScannedDirectory | undefined {
  let found: string[];
  try {
    found = namesIn(below(root, path));
  } catch (error) {
    problems.push(problemOf(path, error));
    return undefined;
  }
  const names: string[] = [];
  const kinds = new Uint8Array(found.length);
  const numbers = new Float64Array(found.length * numbersPerChild);
  const times = new BigInt64Array(found.length * 2);
  const targets = new Map<number, string>();
  const unknown: string[] = [];
  for (const name of found) {
    const childPath = join(path, name);
    if (childPath === reservedFolder) {
      problems.push({ path: name, outcome: "left-out", message: "The name is coldstow's own." });
      continue;
    }
    const absolute = below(root, childPath);
    try {
      const stat = lstatSync(fsPath(absolute), { bigint: true });
      const kind = kindOfType.get(stat.mode & typeMask);
      if (skipped.has(absolute) || excluded(childPath, kind === 1 ? "directory" : "file")) continue;
      if (kind === undefined) {
        const what = nameOfType.get(stat.mode & typeMask) ?? "of an unknown kind";
        problems.push({ path: childPath, outcome: "left-out", message: `It is ${what}.` });
        continue;
      }
      if (kind === 2) targets.set(names.length, linkTarget(absolute));
      kinds[names.length] = kind;
      note(numbers, times, names.length, stat);
      names.push(name);
    } catch (error) {
      const problem = problemOf(childPath, error);
      problems.push(problem);
      if (problem.outcome === "unreadable") unknown.push(name);
    }
  }
  return { path, names, kinds, numbers, times, targets, unknown };
}

function note(numbers: Float64Array, times: BigInt64Array, child: number, stat: BigIntStats): void {
  const at = child * numbersPerChild;
  numbers[at] = Number(stat.size);
  numbers[at + 1] = Number(stat.blocks) * 512;
  numbers[at + 2] = Number(stat.mode) & 0o7777;
  numbers[at + 3] = Number(stat.uid);
  numbers[at + 4] = Number(stat.gid);
  numbers[at + 5] = storedId(stat.dev);
  numbers[at + 6] = storedId(stat.ino);
  numbers[at + 7] = Number(stat.nlink);
  times[child * 2] = storedNs(stat.mtimeNs);
  times[child * 2 + 1] = storedNs(stat.ctimeNs);
}

function problemOf(path: string, error: unknown): ScanProblem {
  const vanished = errnoOf(error) === "ENOENT";
  return {
    path,
    outcome: vanished ? "vanished" : "unreadable",
    message: error instanceof Error ? error.message : String(error),
  };
}

function join(parent: string, name: string): string {
  return parent === "" ? name : `${parent}/${name}`;
}
