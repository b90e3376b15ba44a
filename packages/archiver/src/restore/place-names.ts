import { lstatSync } from "node:fs";
import { isColdstowError } from "@coldstow/contracts";
import { below, fsPath } from "../files/fs-path.ts";
import type { NameOutcome, RestoreName } from "./restore-job.ts";
import type { SafeTree } from "./safe-tree.ts";

/** True where a file with this size and time is there already, as after a restore that was cut. */
export function isRestored(tree: SafeTree, name: RestoreName, sizeBytes: number): boolean {
  const at = fsPath(below(tree.root, name.path));
  const stat = lstatSync(at, { bigint: true, throwIfNoEntry: false });
  return (
    stat !== undefined &&
    stat.isFile() &&
    stat.size === BigInt(sizeBytes) &&
    stat.mtimeNs === name.mtimeNs
  );
}

/** What is there of a content's names already, and further names of those files. */
export interface NamesThere {
  readonly outcomes: readonly NameOutcome[];
  /** Names that still need bytes. */
  readonly missing: RestoreName[];
}

/**
 * True where a content's bytes are still to be read: one of its names is not there, its place is
 * free, and it is no further name of a file that is there.
 */
export function needsBytes(
  tree: SafeTree,
  names: readonly RestoreName[],
  sizeBytes: number,
): boolean {
  const there = new Set(names.filter((name) => isRestored(tree, name, sizeBytes)));
  const groups = new Set([...there].map(({ linkGroup }) => linkGroup));
  return names.some(
    (name) =>
      !there.has(name) &&
      (name.linkGroup === null || !groups.has(name.linkGroup)) &&
      attempt(name, () => (tree.isFree(name.path) ? "restored" : "unchanged")).outcome !==
        "unchanged",
  );
}

/** Takes the names that are there as they are, and links to them what the source had linked to them. */
export function namesThere(
  tree: SafeTree,
  names: readonly RestoreName[],
  sizeBytes: number,
): NamesThere {
  const there = new Set(names.filter((name) => isRestored(tree, name, sizeBytes)));
  const groups = new Map<string, string>();
  for (const { linkGroup, path } of there) if (linkGroup !== null) groups.set(linkGroup, path);
  const outcomes: NameOutcome[] = [];
  const missing: RestoreName[] = [];
  for (const name of names) {
    const linked = name.linkGroup === null ? undefined : groups.get(name.linkGroup);
    if (there.has(name)) {
      outcomes.push({ path: name.path, outcome: "unchanged" });
    } else if (linked === undefined) {
      missing.push(name);
    } else {
      outcomes.push(
        attempt(name, () => {
          tree.hardLink(name.path, linked);
          return "restored";
        }),
      );
    }
  }
  return { outcomes, missing };
}

/** Gives a restored content its further names: hard links where the source had them, copies elsewhere. */
export function placeNames(
  tree: SafeTree,
  written: RestoreName,
  names: readonly RestoreName[],
  sizeBytes: number,
): NameOutcome[] {
  const outcomes: NameOutcome[] = [];
  const groups = new Map<string, string>();
  if (written.linkGroup !== null) groups.set(written.linkGroup, written.path);
  for (const name of names) {
    const linked = name.linkGroup === null ? undefined : groups.get(name.linkGroup);
    outcomes.push(
      attempt(name, () => {
        if (linked !== undefined) {
          if (tree.isSameFile(name.path, linked)) return "unchanged";
          tree.hardLink(name.path, linked);
        } else {
          if (isRestored(tree, name, sizeBytes)) return "unchanged";
          tree.copyFile(written.path, name.path, name);
        }
        return "restored";
      }),
    );
    if (name.linkGroup !== null && linked === undefined) groups.set(name.linkGroup, name.path);
  }
  return outcomes;
}

/** Runs one step; an error becomes the name's outcome, unless nothing more can be written at all. */
export function attempt(name: RestoreName, step: () => "restored" | "unchanged"): NameOutcome {
  try {
    return { path: name.path, outcome: step() };
  } catch (error) {
    if (!isColdstowError(error) || error.code === "E_NO_SPACE" || error.code === "E_READ_ONLY") {
      throw error;
    }
    const outcome = error.code === "E_EXISTS" ? "skipped" : "failed";
    return { path: name.path, outcome, code: error.code, message: error.message };
  }
}
