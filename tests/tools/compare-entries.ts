import type { BigIntStats } from "node:fs";
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { displayPath, nameFromBytes } from "@coldstow/contracts";

/** In what two entries of the same path differ. */
export type DifferenceKind =
  | "missing"
  | "extra"
  | "type"
  | "mode"
  | "mtime"
  | "size"
  | "content"
  | "unreadable"
  | "target"
  | "hardlink"
  | "sparseness"
  | "device"
  | "owner";

/** One difference. `path` is relative, surrogate-escaped; `expected` is of the first tree. */
export interface Difference {
  path: string;
  kind: DifferenceKind;
  expected: string;
  found: string;
}

/** A difference whose path the caller knows. */
export type EntryDifference = Omit<Difference, "path">;

/** What lies at a path. */
export interface Entry {
  path: Buffer;
  type: string;
  status: BigIntStats;
}

/** The entry, without following a symlink; undefined when there is none. */
export function readEntry(path: Buffer): Entry | undefined {
  const status = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return status === undefined ? undefined : { path, type: typeOf(status), status };
}

/** The names in a directory, as bytes. */
export function readNames(path: Buffer): Buffer[] {
  return readdirSync(path, { encoding: "buffer" });
}

function typeOf(status: BigIntStats): string {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "directory";
  if (status.isSymbolicLink()) return "symlink";
  if (status.isFIFO()) return "fifo";
  if (status.isSocket()) return "socket";
  return status.isBlockDevice() ? "block device" : "character device";
}

/** Type, target of a symlink and size: after a difference here the rest says nothing. */
export function compareNature(a: Entry, b: Entry): EntryDifference[] {
  if (a.type !== b.type) return [{ kind: "type", expected: a.type, found: b.type }];
  if (a.type === "symlink") return compareTargets(a, b);
  if (a.type === "file") return compareNumbers("size", a.status.size, b.status.size);
  if (a.type.endsWith("device")) return compareNumbers("device", a.status.rdev, b.status.rdev);
  return [];
}

/** Mode, time to the nanosecond, holes and, if asked, owner. */
export function compareAttributes(a: Entry, b: Entry, owners: boolean): EntryDifference[] {
  const found: EntryDifference[] = [];
  // The mode of a symlink means nothing and cannot be set on Linux.
  if (a.type !== "symlink") {
    found.push(...compareNumbers("mode", a.status.mode & 0o7777n, b.status.mode & 0o7777n, 8));
  }
  found.push(...compareNumbers("mtime", a.status.mtimeNs, b.status.mtimeNs));
  if (a.type === "file") found.push(...compareHoles(a.status, b.status));
  if (owners) {
    found.push(...compareNumbers("owner", a.status.uid, b.status.uid));
    found.push(...compareNumbers("owner", a.status.gid, b.status.gid));
  }
  return found;
}

function compareNumbers(
  kind: DifferenceKind,
  a: bigint,
  b: bigint,
  radix: number = 10,
): EntryDifference[] {
  return a === b ? [] : [{ kind, expected: a.toString(radix), found: b.toString(radix) }];
}

function compareTargets(a: Entry, b: Entry): EntryDifference[] {
  const [expected, found] = [readTarget(a), readTarget(b)];
  return expected === found
    ? []
    : [{ kind: "target", expected: displayPath(expected), found: displayPath(found) }];
}

function readTarget(entry: Entry): string {
  return nameFromBytes(readlinkSync(entry.path, { encoding: "buffer" }));
}

/** A block is 512 bytes in st_blocks, whatever the file system's own. */
const blockBytes = 512n;
const slackBytes = 256n * 1024n;

/** A sparse file must not take much more disk than it did: a quarter and 256 KiB are forgiven. */
function compareHoles(a: BigIntStats, b: BigIntStats): EntryDifference[] {
  const [before, after] = [a.blocks * blockBytes, b.blocks * blockBytes];
  if (before >= a.size || after <= before + before / 4n + slackBytes) return [];
  return [{ kind: "sparseness", expected: `${before} bytes`, found: `${after} bytes` }];
}
