import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { copyTree } from "./copy-tree.ts";
import type { Place } from "./session.ts";

/** What makes up the state of an archive: the tree, the archive, the destination. */
const parts = ["source", "work", "destination", "identity.txt"];

/** Keeps the state of a place beside it, so that each trial starts from the same. */
export function keepState(place: Place, name: string): void {
  copyParts(place.folder, stateFolder(place, name));
}

/** Puts a place back into a state that was kept. */
export function bringBackState(place: Place, name: string): void {
  for (const part of parts) rmSync(join(place.folder, part), { recursive: true, force: true });
  copyParts(stateFolder(place, name), place.folder);
}

function stateFolder(place: Place, name: string): string {
  return join(place.folder, "states", name);
}

function copyParts(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const part of parts) copyTree(join(from, part), join(to, part));
}
