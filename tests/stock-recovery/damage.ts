import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { headerLength, sealedChunkBytes, chunkBytes } from "@coldstow/crypto";

/** One thing that happens to one pack; places are fractions of its length. */
export interface Harm {
  readonly pack: number;
  readonly kind: "flip" | "zeros" | "cut" | "remove";
  readonly at: number;
}

/** Range of the uncompressed tar that a pack lost; the whole of it where it cannot be told. */
export interface LostRange {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

const zeroedBytes = 65_536;
const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };

/** Keys of the packs of a destination's folder, in order. */
export function packKeys(destination: string): string[] {
  return readdirSync(join(destination, "packs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes(".tar"))
    .map((name) => `packs/${name}`)
    .toSorted();
}

/** Harms packs that are sealed and says, from the layout of age files alone, what that costs. */
export function harm(destination: string, harms: readonly Harm[]): LostRange[] {
  const keys = packKeys(destination);
  const lost: LostRange[] = [];
  for (const one of harms) {
    const key = keys[one.pack % keys.length] ?? "";
    const path = join(destination, key);
    if (lost.some((range) => range.key === key && range.end === everything.end)) continue;
    if (one.kind === "remove") {
      rmSync(path);
      lost.push({ key, ...everything });
      continue;
    }
    const bytes = readFileSync(path);
    const headerBytes = headerLength(bytes) ?? 0;
    // The header has its own test: one that is lost costs the pack.
    const at = headerBytes + Math.floor(one.at * (bytes.length - headerBytes));
    const chunk = (position: number): number =>
      Math.floor((position - headerBytes) / sealedChunkBytes) * chunkBytes;
    if (one.kind === "cut") {
      writeFileSync(path, bytes.subarray(0, at));
      lost.push({ key, start: chunk(at), end: everything.end });
    } else {
      const end = Math.min(bytes.length, at + (one.kind === "flip" ? 1 : zeroedBytes));
      if (one.kind === "flip") bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      else bytes.fill(0, at, end);
      writeFileSync(path, bytes);
      lost.push({ key, start: chunk(at), end: chunk(end - 1) + chunkBytes });
    }
    if (key.includes(".zst")) lost.push({ key, ...everything });
  }
  return lost;
}
