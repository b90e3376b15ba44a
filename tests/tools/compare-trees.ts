/**
 * Says how two trees on disk differ, from the system's calls alone.
 * `node tests/tools/compare-trees.ts A B [--loose] [--owners] [--root] [--no-contents] [--ignore PATH]…`
 * prints the first 20 differences and exits with 0 (equal) or 1.
 */
import { parseArgs } from "node:util";
import { displayPath, nameFromBytes, nameToBytes } from "@coldstow/contracts";
import { compareContents } from "./compare-contents.ts";
import type { Difference, Entry } from "./compare-entries.ts";
import { compareAttributes, compareNature, readEntry, readNames } from "./compare-entries.ts";
import { HardLinkPartition } from "./hard-link-partition.ts";

export type { Difference, DifferenceKind } from "./compare-entries.ts";

/** What to compare. Without options everything but owners and the two roots themselves. */
export interface CompareOptions {
  /** Relative paths, surrogate-escaped, left out together with all below them. */
  ignore?: Iterable<string>;
  /** False leaves out the bytes of files; sizes are still compared. */
  contents?: boolean;
  /** Only names, types, contents and targets of symlinks: what a stock tool must bring back. */
  loose?: boolean;
  /** Also compares uid and gid. */
  owners?: boolean;
  /** Also compares mode, time and owner of the two roots. */
  root?: boolean;
}

/**
 * All differences of tree `b` from tree `a`, in path order. Follows no symlink and opens only regular
 * files. Memory grows with the largest directory, the open directories and the number of hard links.
 */
export function compareTrees(a: string, b: string, options: CompareOptions = {}): Difference[] {
  const comparison: Comparison = {
    roots: [Buffer.from(a), Buffer.from(b)],
    options,
    ignored: new Set(options.ignore),
    links: new HardLinkPartition(),
    differences: [],
  };
  const rootA = readEntry(comparison.roots[0]);
  const rootB = readEntry(comparison.roots[1]);
  if (options.root === true) compareEntry(comparison, Buffer.alloc(0), rootA, rootB);
  // Directories still to be read; the next one on top, so that paths come out in order.
  const waiting: Buffer[] = [Buffer.alloc(0)];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    waiting.push(...compareDirectory(comparison, at).toReversed());
  }
  return comparison.differences;
}

interface Comparison {
  roots: [Buffer, Buffer];
  options: CompareOptions;
  ignored: Set<string>;
  links: HardLinkPartition;
  differences: Difference[];
}

const slash = Buffer.from("/");

function join(above: Buffer, name: Buffer): Buffer {
  return above.length === 0 ? name : Buffer.concat([above, slash, name]);
}

/** Compares the entries of one directory; returns the directories that both trees have in it. */
function compareDirectory(comparison: Comparison, at: Buffer): Buffer[] {
  const [inA, inB] = comparison.roots.map((root) => readNames(join(root, at)));
  const names = new Map<string, Buffer>();
  for (const name of [...(inA ?? []), ...(inB ?? [])]) names.set(name.toString("latin1"), name);
  const shared: Buffer[] = [];
  for (const key of [...names.keys()].toSorted()) {
    const path = join(at, names.get(key) ?? Buffer.alloc(0));
    if (comparison.ignored.has(nameFromBytes(path))) continue;
    const a = readEntry(join(comparison.roots[0], path));
    const b = readEntry(join(comparison.roots[1], path));
    compareEntry(comparison, path, a, b);
    if (a?.type === "directory" && b?.type === "directory") shared.push(path);
  }
  return shared;
}

function compareEntry(
  { options, links, differences }: Comparison,
  relative: Buffer,
  a: Entry | undefined,
  b: Entry | undefined,
): void {
  const path = nameFromBytes(relative);
  if (a === undefined || b === undefined) {
    if (a !== undefined) differences.push({ path, kind: "missing", expected: a.type, found: "" });
    if (b !== undefined) differences.push({ path, kind: "extra", expected: "", found: b.type });
    return;
  }
  const nature = compareNature(a, b);
  for (const difference of nature) differences.push({ path, ...difference });
  if (nature.length > 0) return;
  if (options.loose !== true) {
    for (const difference of compareAttributes(a, b, options.owners === true)) {
      differences.push({ path, ...difference });
    }
    const link = links.compare(path, a.status, b.status);
    if (link !== undefined) differences.push({ path, ...link });
  }
  if (a.type !== "file" || options.contents === false) return;
  const content = compareContents(a.path, b.path);
  if (content !== undefined) differences.push({ path, ...content });
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      loose: { type: "boolean", default: false },
      owners: { type: "boolean", default: false },
      root: { type: "boolean", default: false },
      "no-contents": { type: "boolean", default: false },
      ignore: { type: "string", multiple: true, default: [] },
    },
  });
  const [a, b] = positionals;
  if (a === undefined || b === undefined) throw new Error("give two directories");
  const differences = compareTrees(a, b, {
    loose: values.loose,
    owners: values.owners,
    root: values.root,
    contents: !values["no-contents"],
    ignore: values.ignore.map((path) => nameFromBytes(nameToBytes(path))),
  });
  for (const { path, kind, expected, found } of differences.slice(0, 20)) {
    process.stdout.write(`${kind}: ${displayPath(path)}: ${expected} → ${found}\n`);
  }
  process.stdout.write(`${differences.length} differences\n`);
  process.exitCode = differences.length === 0 ? 0 : 1;
}
