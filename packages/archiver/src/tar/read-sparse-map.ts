import { ColdstowError } from "@coldstow/contracts";
import { blockBytes, maxSparseRanges } from "./blocks.ts";
import type { SparseLayout } from "./member.ts";
import { readNumber } from "./number-field.ts";
import { sparseDataBytes, sparseProblem } from "./sparse-map.ts";

/** A layout made of numbers that are offsets and lengths by turns, or what is wrong with it. */
export function sparseFromNumbers(
  numbers: readonly number[],
  realSizeBytes: number,
  dataBytes: number,
): SparseLayout | string {
  if (numbers.length % 2 !== 0) return "a sparse map has an odd number of entries";
  const map: [number, number][] = [];
  for (let i = 0; i < numbers.length; i += 2) map.push([numbers[i] ?? 0, numbers[i + 1] ?? 0]);
  const sparse: SparseLayout = { realSizeBytes, map };
  const problem = sparseProblem(sparse);
  if (problem !== undefined) return `a sparse map is wrong: ${problem}`;
  if (sparseDataBytes(sparse) !== dataBytes) return "a sparse map does not fit the data behind it";
  return sparse;
}

/**
 * Reads the entries that lie in a header block ('S') or in one of its extension blocks of old GNU tar.
 *
 * @returns true when another extension block follows; a string says what is wrong
 */
export function readOldSparseBlock(
  block: Uint8Array,
  inHeader: boolean,
  numbers: number[],
): boolean | string {
  const first = inHeader ? 386 : 0;
  const entries = inHeader ? 4 : 21;
  for (let i = 0; i < entries; i += 1) {
    const at = first + 24 * i;
    if (block[at] === 0 && block[at + 12] === 0) break;
    const offset = readNumber(block, at, 12);
    const length = readNumber(block, at + 12, 12);
    if (offset === undefined || length === undefined) return "a sparse map is not made of numbers";
    numbers.push(offset, length);
  }
  if (numbers.length > 2 * maxSparseRanges) return "a sparse map is too long";
  return block[inHeader ? 482 : 504] !== 0;
}

/**
 * Reads the map in front of the data of a GNU sparse 1.0 member, a block at a time
 * (GNU tar manual, "PAX Format, Version 1.0").
 */
export class SparseMapParser {
  /** Offsets and lengths by turns, as far as they were read. */
  readonly numbers: number[] = [];
  #expected = -1;
  #value = 0;
  #digits = 0;

  /** Takes the next 512 bytes. True when the map is complete; a string says what is wrong. */
  push(block: Uint8Array): boolean | string {
    for (let i = 0; i < blockBytes; i += 1) {
      const byte = block[i] ?? 0;
      const digit = byte - 0x30;
      if (digit >= 0 && digit <= 9) {
        this.#value = this.#value * 10 + digit;
        this.#digits += 1;
        if (this.#digits > 16) return "a sparse map holds a number that is too large";
      } else if (byte === 0x0a && this.#digits > 0) {
        const complete = this.#take(this.#value);
        if (complete !== false) return complete;
        this.#value = 0;
        this.#digits = 0;
      } else return "a sparse map is not made of decimal lines";
    }
    return false;
  }

  #take(value: number): boolean | string {
    if (this.#expected >= 0) this.numbers.push(value);
    else if (value > maxSparseRanges) return `a sparse map has more than ${maxSparseRanges} ranges`;
    else this.#expected = 2 * value;
    return this.numbers.length === this.#expected;
  }
}

/**
 * Reads the map at the start of the stored bytes of one sparse member, for reading it on its own.
 *
 * @param stored the member's stored bytes, or at least their beginning as far as the map goes
 * @param storedBytes how many bytes are stored, map and data
 * @param realSizeBytes length of the file
 * @returns the layout, and how many bytes the map takes: the data begin there
 * @throws {E_FORMAT} when the map is wrong or `stored` ends within it
 */
export function parseSparseMap(
  stored: Uint8Array,
  storedBytes: number,
  realSizeBytes: number,
): { readonly sparse: SparseLayout; readonly mapBytes: number } {
  const parser = new SparseMapParser();
  let at = 0;
  let state: boolean | string = false;
  while (state === false && at + blockBytes <= Math.min(stored.length, storedBytes)) {
    state = parser.push(stored.subarray(at, at + blockBytes));
    at += blockBytes;
  }
  const sparse =
    state === true
      ? sparseFromNumbers(parser.numbers, realSizeBytes, storedBytes - at)
      : state || "a sparse map is cut off";
  if (typeof sparse !== "string") return { sparse, mapBytes: at };
  throw new ColdstowError("E_FORMAT", `A sparse file cannot be read: ${sparse}.`, {
    hint: "Repair the pack from another copy.",
  });
}
