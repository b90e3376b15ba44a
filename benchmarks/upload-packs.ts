import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { noiseStream } from "../tests/tools/seeded-random.ts";

/** The size of a pack unless an ini file says otherwise. */
const packBytes = 240 * 1_048_576;
const pieceBytes = 1 << 20;

/** Files as large as packs, `bytes` in all and as incompressible as sealed ones; kept for the next time. */
export function cachedPacks(folder: string, bytes: number): string {
  const path = `${folder}/packs-${bytes}`;
  if (existsSync(path)) return path;
  rmSync(`${path}.new`, { recursive: true, force: true });
  mkdirSync(`${path}.new`);
  for (let left = bytes, number = 1; left > 0; left -= packBytes, number += 1) {
    const name = `p${String(number).padStart(6, "0")}.tar.age`;
    const file = openSync(`${path}.new/${name}`, "wx");
    const next = noiseStream(name);
    const size = Math.min(left, packBytes);
    for (let at = 0; at < size; at += pieceBytes) {
      writeSync(file, next(Math.min(pieceBytes, size - at)));
    }
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  return path;
}
