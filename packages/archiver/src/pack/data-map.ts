import { readSync } from "node:fs";

const grain = 4096;
const windowBytes = 1 << 20;
const maxRanges = 100_000;
const window = Buffer.allocUnsafeSlow(windowBytes);
const zeros = Buffer.alloc(windowBytes);

export type DataRange = readonly [offset: number, length: number];

/**
 * Where a file has data: ranges of 4096-byte blocks that are not all zeros, in `start <= i < end`,
 * offsets relative to `start`. Node knows no SEEK_HOLE, so the bytes are read; holes read as fast as memory.
 * @returns undefined where there are too many ranges for a map to pay
 */
export function dataMap(file: number, start: number, end: number): DataRange[] | undefined {
  const ranges: [number, number][] = [];
  for (let position = start; position < end;) {
    const got = readSync(file, window, 0, Math.min(windowBytes, end - position), position);
    if (got === 0) break;
    addRanges(ranges, window.subarray(0, got), position - start);
    if (ranges.length > maxRanges) return undefined;
    position += got;
  }
  return ranges;
}

/** As {@link dataMap}, of at most 1 MiB in memory. */
export function dataMapOf(bytes: Buffer): DataRange[] {
  const ranges: [number, number][] = [];
  addRanges(ranges, bytes, 0);
  return ranges;
}

function addRanges(ranges: [number, number][], bytes: Buffer, base: number): void {
  if (bytes.compare(zeros, 0, bytes.length) === 0) return;
  for (let at = 0; at < bytes.length; at += grain) {
    const length = Math.min(grain, bytes.length - at);
    if (bytes.compare(zeros, 0, length, at, at + length) === 0) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[0] + last[1] === base + at) last[1] += length;
    else ranges.push([base + at, length]);
  }
}
