import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { backUpOnce, newArchive, type Place } from "../faults/session.ts";
import { buildHostileTree } from "../tools/hostile-tree.ts";
import { noise } from "../tools/seeded-random.ts";

const mebibyte = 1 << 20;

/** What the archive cannot hold, relative to the tree. */
export type LeftOut = readonly string[];

/**
 * Archives the hostile tree in three runs, between which everything happens to it that an archive may
 * have to tell later. Packs hold 1 MiB, so files of a few MiB are cut.
 */
export async function archiveThreeRuns(place: Place, sealed: boolean): Promise<LeftOut> {
  const tree = (...names: string[]): string => join(place.source, ...names);
  const exceptions = buildHostileTree(place.source, { sparseBytes: 12 * mebibyte });
  const leftOut = [...exceptions.map(({ path }) => path), ".coldstow"];
  addLargeFiles(tree);
  await newArchive(place, sealed);
  await backUpOnce(place, "start");
  changeOnce(tree);
  await backUpOnce(place, "resume");
  changeTwice(tree);
  await backUpOnce(place, "resume");
  return leftOut;
}

function addLargeFiles(tree: (...names: string[]) => string): void {
  mkdirSync(tree("large"));
  writeFileSync(tree("large", "changes"), noise("changes", 5 * mebibyte));
  writeFileSync(tree("large", "grows"), noise("grows", 3 * mebibyte));
  writeFileSync(tree("large", "shrinks"), noise("shrinks", 4 * mebibyte));
  writeFileSync(tree("large", "becomes small"), noise("small", 3 * mebibyte));
  writeFileSync(tree("large", "was small"), "small\n");
  writeFileSync(tree("large", "goes"), noise("goes", 2 * mebibyte + 5));
  writeFileSync(tree("large", "twin one"), noise("twin", 2 * mebibyte + 9));
  copyFileSync(tree("large", "twin one"), tree("large", "twin two"));
  writeFileSync(tree("large", "new\nline 'quoted' $name"), noise("newline", 2 * mebibyte));
  writeFileSync(tree("large", "read-only"), noise("read-only", 2 * mebibyte + 1), { mode: 0o444 });
  mkdirSync(tree("swaps"));
  mkdirSync(tree("swaps", "directory", "below"), { recursive: true });
  writeFileSync(tree("swaps", "directory", "below", "file"), "in a directory\n");
  writeFileSync(tree("swaps", "file"), "a file\n");
  symlinkSync("file", tree("swaps", "link"));
  mkdirSync(tree("locked"));
  writeFileSync(tree("locked", "first"), "first\n");
  writeFileSync(tree("locked", "goes"), "goes\n");
  chmodSync(tree("locked"), 0o555);
}

function changeOnce(tree: (...names: string[]) => string): void {
  const changed = noise("changes", 5 * mebibyte);
  changed.fill(1, 2 * mebibyte + 100, 2 * mebibyte + 200);
  writeFileSync(tree("large", "changes"), changed);
  appendFileSync(tree("large", "grows"), noise("more", 2 * mebibyte + 17));
  truncateSync(tree("large", "shrinks"), 2 * mebibyte);
  writeFileSync(tree("large", "becomes small"), "small now\n");
  writeFileSync(tree("large", "was small"), noise("large now", 2 * mebibyte + 3));
  rmSync(tree("large", "goes"));
  renameSync(tree("contents"), tree("renamed"));
  rmSync(tree("duplicates", "one"));
  copyFileSync(tree("large", "twin one"), tree("large", "twin three"));
  rmSync(tree("swaps", "directory"), { recursive: true });
  writeFileSync(tree("swaps", "directory"), "was a directory\n");
  rmSync(tree("swaps", "file"));
  mkdirSync(tree("swaps", "file"));
  writeFileSync(tree("swaps", "file", "inside"), "was a file\n");
  chmodSync(tree("locked"), 0o755);
  writeFileSync(tree("locked", "second"), "second\n");
  rmSync(tree("locked", "goes"));
  chmodSync(tree("locked"), 0o555);
  chmodSync(tree("duplicates", "two"), 0o600);
}

function changeTwice(tree: (...names: string[]) => string): void {
  utimesSync(tree("large", "changes"), 1, 2);
  truncateSync(tree("large", "grows"), 4 * mebibyte + 17);
  rmSync(tree("large", "twin one"));
  renameSync(tree("large", "twin two"), tree("large", "twin four"));
  writeFileSync(tree("large", "becomes small"), noise("large again", 3 * mebibyte + 1));
  rmSync(tree("swaps", "file"), { recursive: true });
  symlinkSync("directory", tree("swaps", "file"));
  rmSync(tree("swaps", "link"));
  mkdirSync(tree("swaps", "link"));
  writeFileSync(tree("swaps", "link", "inside"), "was a link\n");
  renameSync(tree("renamed", "empty-1"), tree("moved out"));
  rmSync(tree("renamed", "empty"), { recursive: true });
  rmSync(tree("duplicates", "deeper"), { recursive: true });
  chmodSync(tree("locked"), 0o755);
  writeFileSync(tree("locked", "third"), "third\n");
  writeFileSync(tree("locked", "first"), "first, changed\n");
  chmodSync(tree("locked"), 0o555);
}
