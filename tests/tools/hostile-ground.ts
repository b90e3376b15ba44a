import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { nameFromBytes } from "@coldstow/contracts";

/** One name on the way down from the root: text, or the bytes of a name that is not UTF-8. */
export type Name = string | Uint8Array;

/** Why an entry of the tree cannot come back whole. */
export type ExceptionOutcome =
  /** The reader may not open the file, or may not reach the entry. */
  | "unreadable"
  /** The reader may not list the directory: what lies below it stays unknown. */
  | "unreadable-directory"
  /** A FIFO or socket: reported and left out. */
  | "special";

/** An entry that a correct archiver reports exactly once. `path` is relative, surrogate-escaped. */
export interface ExpectedException {
  path: string;
  outcome: ExceptionOutcome;
}

/** A tree under construction. Modes and times are wishes, carried out when all entries exist. */
export interface Ground {
  readonly root: Buffer;
  readonly readerIsRoot: boolean;
  readonly exceptions: ExpectedException[];
  readonly modes: { path: Buffer; mode: number }[];
  /** `@seconds.nanoseconds`, as `date -d` reads it, to the paths that get that time. */
  readonly times: Map<string, Buffer[]>;
  /** Paths that stay with the builder when the rest of the tree is given to another user. */
  readonly kept: Buffer[];
}

const slash = Buffer.from("/");

/** The absolute path of an entry. */
export function pathOf(ground: Ground, ...names: Name[]): Buffer {
  return Buffer.concat([ground.root, ...names.flatMap((name) => [slash, Buffer.from(name)])]);
}

/** Makes a directory and those above it. */
export function addDirectory(ground: Ground, ...names: Name[]): Buffer {
  const path = pathOf(ground, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Writes a file; its directory exists. */
export function addFile(ground: Ground, names: Name[], content: string | Uint8Array): Buffer {
  const path = pathOf(ground, ...names);
  writeFileSync(path, content);
  return path;
}

/** Notes an entry that will be reported. */
export function expectException(ground: Ground, outcome: ExceptionOutcome, ...names: Name[]): void {
  const path = pathOf(ground, ...names).subarray(ground.root.length + 1);
  ground.exceptions.push({ path: nameFromBytes(path), outcome });
}

/** Asks for a modification time, given as `@seconds[.nanoseconds]`. */
export function wishTime(ground: Ground, time: string, path: Buffer): void {
  const paths = ground.times.get(time);
  if (paths === undefined) ground.times.set(time, [path]);
  else paths.push(path);
}

/** Runs a program on paths that argv could not carry, and fails loudly. */
export function runOnPaths(command: string, args: string[], paths: readonly Buffer[]): void {
  if (paths.length === 0) return;
  const input = Buffer.concat(paths.flatMap((path) => [path, Buffer.from("\0")]));
  run("xargs", ["-0", command, ...args], { input });
}

/** Runs a program to its end and fails loudly. */
export function run(
  command: string,
  args: string[],
  options: { input?: Uint8Array; cwd?: string } = {},
): void {
  const child = spawnSync(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  if (child.error !== undefined) throw child.error;
  if (child.status !== 0) throw new Error(`${command} failed: ${child.stderr.toString()}`);
}

/** Gives the tree away, then sets times, then modes: each step would undo the next one's work. */
export function settle(ground: Ground, owner: number | undefined): void {
  if (owner !== undefined) {
    run("chown", ["-hR", `${owner}:${owner}`, ground.root.toString()]);
    runOnPaths("chown", ["-h", "0:0"], ground.kept);
  }
  for (const [time, paths] of ground.times) runOnPaths("touch", ["-h", "-d", time], paths);
  for (const { path, mode } of ground.modes.toReversed()) chmodSync(path, mode);
}
