import { ColdstowError } from "@coldstow/contracts";
import { isAlignedSparseMap } from "./align-sparse.ts";
import { blockBytes, maxSparseRanges } from "./blocks.ts";
import type { SparseLayout } from "./member.ts";
import { writeAscii } from "./number-field.ts";

/**
 * What is wrong with a layout, or undefined. Ranges must ascend without overlap and end within the
 * file, and there may be at most {@link maxSparseRanges}. O(ranges).
 */
export function sparseProblem(sparse: SparseLayout): string | undefined {
  const { map, realSizeBytes } = sparse;
  if (!Number.isSafeInteger(realSizeBytes) || realSizeBytes < 0) return "its real size is no size";
  if (map.length > maxSparseRanges) return `it has more than ${maxSparseRanges} data ranges`;
  let end = 0;
  for (const [offset, length] of map) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || length < 0) {
      return "a data range is not made of sizes";
    }
    if (offset < end) return "its data ranges overlap or do not ascend";
    end = offset + length;
    if (end > realSizeBytes) return "a data range lies behind the end of the file";
  }
  return undefined;
}

/** As {@link sparseProblem}, and what keeps stock tools from reading the layout alike. O(ranges). */
export function unwritableSparse(sparse: SparseLayout): string | undefined {
  const problem = sparseProblem(sparse);
  if (problem !== undefined) return problem;
  return isAlignedSparseMap(sparse)
    ? undefined
    : `a data range before the last is not made of whole blocks of ${blockBytes} bytes`;
}

/** Bytes of data of a sparse file, holes left out. */
export function sparseDataBytes(sparse: SparseLayout): number {
  let sum = 0;
  for (const range of sparse.map) sum += range[1];
  return sum;
}

function mapText(sparse: SparseLayout): string {
  const last = sparse.map.at(-1);
  const ends = last !== undefined && last[0] + last[1] === sparse.realSizeBytes;
  let text = `${sparse.map.length + (ends ? 0 : 1)}\n`;
  for (const [offset, length] of sparse.map) text += `${offset}\n${length}\n`;
  return ends ? text : `${text}${sparse.realSizeBytes}\n0\n`;
}

/**
 * The map that stands in front of the data of a sparse member: decimal lines, filled with NULs to a
 * whole block (GNU tar manual, "PAX Format, Version 1.0"). Where the file ends in a hole, a range
 * (real size, 0) is added, as GNU tar does, so that extraction gives the file its length. O(ranges).
 *
 * @throws {E_INTERNAL} when the layout is not one, or not aligned: see `alignSparseMap`
 */
export function encodeSparseMap(sparse: SparseLayout): Uint8Array {
  const problem = unwritableSparse(sparse);
  if (problem !== undefined) {
    throw new ColdstowError("E_INTERNAL", `A sparse map cannot be written: ${problem}.`);
  }
  const text = mapText(sparse);
  const map = new Uint8Array(Math.ceil(text.length / blockBytes) * blockBytes);
  writeAscii(map, 0, text);
  return map;
}

/** Bytes that a sparse file takes in a tar: map and data, without padding. O(ranges). */
export function sparseStoredBytes(sparse: SparseLayout): number {
  return Math.ceil(mapText(sparse).length / blockBytes) * blockBytes + sparseDataBytes(sparse);
}
