import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { displayPath, errnoOf, fromSystemError } from "@coldstow/contracts";
import { fsPath } from "../files/fs-path.ts";

const pieceBytes = 1 << 20;
const sectorBytes = 4096;

/**
 * The bytes of a file on a medium that may be failing: sectors of 4096 bytes that cannot be read come
 * as zeros, so that everything behind keeps its place. Pieces are valid until the next is asked for.
 * @throws {E_NOT_FOUND | E_PERMISSION | E_IO} if the file cannot be opened
 */
export async function* readPastBadSectors(
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = attempt(path, () => openSync(fsPath(path), "r"));
  try {
    const sizeBytes = attempt(path, () => fstatSync(file).size);
    const buffer = Buffer.allocUnsafeSlow(Math.min(pieceBytes, Math.max(1, sizeBytes)));
    for (let at = 0; at < sizeBytes;) {
      const want = Math.min(buffer.length, sizeBytes - at);
      const got = readOrZeros(path, file, buffer.subarray(0, want), at);
      if (got === 0) return;
      yield buffer.subarray(0, got);
      at += got;
    }
  } finally {
    closeSync(file);
  }
}

function readOrZeros(path: string, file: number, buffer: Buffer, position: number): number {
  try {
    return readSync(file, buffer, 0, buffer.length, position);
  } catch (error) {
    if (errnoOf(error) !== "EIO") throw fromSystemError(error, "Reading a pack", displayPath(path));
  }
  for (let at = 0; at < buffer.length; at += sectorBytes) {
    const sector = buffer.subarray(at, at + sectorBytes);
    try {
      sector.fill(0, readSync(file, sector, 0, sector.length, position + at));
    } catch {
      sector.fill(0);
    }
  }
  return buffer.length;
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fromSystemError(error, "Reading a pack", displayPath(path));
  }
}
