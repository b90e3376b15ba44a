import type { BigIntStats } from "node:fs";
import type { EntryDifference } from "./compare-entries.ts";

interface Seen {
  partner: string;
  path: string;
}

/**
 * Checks that the names of one file in one tree are the names of one file in the other: the inodes of
 * entries with several links must pair off. Memory grows with the number of such inodes.
 */
export class HardLinkPartition {
  readonly #ofA = new Map<string, Seen>();
  readonly #ofB = new Map<string, Seen>();

  /** Notes the entry at `path` in both trees; tells the first name with which the pairing breaks. */
  compare(path: string, a: BigIntStats, b: BigIntStats): EntryDifference | undefined {
    if (a.isDirectory() || (a.nlink === 1n && b.nlink === 1n)) return undefined;
    const [inA, inB] = [`${a.dev}:${a.ino}`, `${b.dev}:${b.ino}`];
    const [seenA, seenB] = [this.#ofA.get(inA), this.#ofB.get(inB)];
    if (seenA === undefined) this.#ofA.set(inA, { partner: inB, path });
    if (seenB === undefined) this.#ofB.set(inB, { partner: inA, path });
    if (seenA?.partner === inB && seenB?.partner === inA) return undefined;
    if (seenA === undefined && seenB === undefined) return undefined;
    return { kind: "hardlink", expected: sameAs(seenA), found: sameAs(seenB) };
  }
}

function sameAs(seen: Seen | undefined): string {
  return seen === undefined ? "a file of its own" : `linked to ${JSON.stringify(seen.path)}`;
}
