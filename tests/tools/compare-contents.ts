import { closeSync, constants, openSync, readSync } from "node:fs";
import type { EntryDifference } from "./compare-entries.ts";

const pieceBytes = 1 << 20;
const buffers = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const;
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Compares two files byte by byte in flat memory; an unreadable one is a difference of its own kind. */
export function compareContents(a: Buffer, b: Buffer): EntryDifference | undefined {
  const files = [tryOpen(a), tryOpen(b)] as const;
  try {
    const [inA, inB] = files;
    if (typeof inA === "string" || typeof inB === "string") {
      return { kind: "unreadable", expected: state(inA), found: state(inB) };
    }
    const at = firstDifference(inA, inB);
    if (at === undefined) return undefined;
    return { kind: "content", expected: `equal at byte ${at}`, found: "not equal" };
  } finally {
    for (const file of files) if (typeof file === "number") closeSync(file);
  }
}

/** An open file, or the code of the error. */
function tryOpen(path: Buffer): number | string {
  try {
    return openSync(path, flags);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code ?? error);
  }
}

function state(file: number | string): string {
  return typeof file === "string" ? file : "readable";
}

function firstDifference(a: number, b: number): number | undefined {
  for (let offset = 0; ; offset += pieceBytes) {
    const pieceA = readFully(a, buffers[0], offset);
    const pieceB = readFully(b, buffers[1], offset);
    if (!pieceA.equals(pieceB)) {
      const at = pieceA.findIndex((byte, index) => byte !== pieceB[index]);
      return offset + (at === -1 ? pieceA.length : at);
    }
    if (pieceA.length < pieceBytes) return undefined;
  }
}

/** The bytes at `offset`, as many as the buffer holds unless the file ends. */
function readFully(file: number, buffer: Buffer, offset: number): Buffer {
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(file, buffer, length, buffer.length - length, offset + length);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}
