import { createHash } from "node:crypto";
import { nameFromBytes, nameToBytes } from "@coldstow/contracts";

/** Longest name of a file on the file systems in use, in bytes. */
const maxNameBytes = 255;

const digits = 6;

/** Cuts a name to at most `limit` bytes, not within a character. */
function cutName(bytes: Uint8Array, limit: number): string {
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80 && limit - end < 4) end -= 1;
  return nameFromBytes(bytes.subarray(0, end));
}

/**
 * The name of a slice, `PATH.part-000001-of-000007`, so that `cat PATH.part-*` rejoins them in order.
 * Where the name would grow beyond 255 bytes it is cut, and `~` and eight hex digits of the path's
 * SHA-256 keep it apart from others (docs/formats/pack.md, "Slices").
 *
 * @param n from 1 to `of`
 */
export function partPath(path: string, n: number, of: number): string {
  const number = String(n).padStart(digits, "0");
  const suffix = `.part-${number}-of-${String(of).padStart(digits, "0")}`;
  const slash = path.lastIndexOf("/") + 1;
  const name = nameToBytes(path.slice(slash));
  const room = maxNameBytes - suffix.length;
  if (name.length <= room) return path + suffix;
  const mark = `~${createHash("sha256").update(nameToBytes(path)).digest("hex").slice(0, 8)}`;
  return path.slice(0, slash) + cutName(name, room - mark.length) + mark + suffix;
}
