/**
 * The tree that an archiver must bring back: names, links, modes, times, holes and special files that
 * break careless programs. `node tests/tools/hostile-tree.ts DIR [--as-user UID] [--sparse BYTES]`
 */
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { addForeignFile, addModes, addSpecials, addTimes } from "./hostile-attributes.ts";
import { addContents, addSparseFiles } from "./hostile-contents.ts";
import type { ExpectedException, Ground } from "./hostile-ground.ts";
import { run, settle } from "./hostile-ground.ts";
import { addHardLinks, addSymlinks } from "./hostile-links.ts";
import { addHostileNames } from "./hostile-names.ts";

export type { ExceptionOutcome, ExpectedException } from "./hostile-ground.ts";

/** How to build the tree. */
export interface HostileTreeOptions {
  /** Gives the tree to this user, who is meant to read it; one file stays root's. Only root may ask for it. */
  asUser?: number;
  /** Size of the largest sparse file; 6 GiB unless told. At least 8 MiB. */
  sparseBytes?: number;
}

/**
 * Builds the tree in `dir`, which must not exist. Returns the entries that a correct archiver, run as
 * the reader, reports instead of bringing them back whole.
 */
export function buildHostileTree(
  dir: string,
  options: HostileTreeOptions = {},
): ExpectedException[] {
  mkdirSync(dir);
  const ground: Ground = {
    root: Buffer.from(dir),
    readerIsRoot: (options.asUser ?? process.getuid?.()) === 0,
    exceptions: [],
    modes: [],
    times: new Map(),
    kept: [],
  };
  addHostileNames(ground);
  addSymlinks(ground);
  addHardLinks(ground);
  addContents(ground);
  addSparseFiles(ground, options.sparseBytes ?? 6 * 2 ** 30);
  addModes(ground);
  addForeignFile(ground);
  addTimes(ground);
  addSpecials(ground);
  settle(ground, options.asUser);
  return ground.exceptions;
}

/** Removes a tree with modes that would stop its owner. */
export function removeHostileTree(dir: string): void {
  run("chmod", ["-R", "u+rwX", dir]);
  run("rm", ["-rf", dir]);
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { "as-user": { type: "string" }, sparse: { type: "string" } },
  });
  const [dir] = positionals;
  if (dir === undefined) throw new Error("give the directory to make");
  const exceptions = buildHostileTree(dir, {
    ...(values["as-user"] === undefined ? {} : { asUser: Number(values["as-user"]) }),
    ...(values.sparse === undefined ? {} : { sparseBytes: Number(values.sparse) }),
  });
  process.stdout.write(`${JSON.stringify(exceptions, null, 2)}\n`);
}
