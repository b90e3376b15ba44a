import { nameFromBytes, nameToBytes } from "@coldstow/contracts";

const maxNameBytes = 255;

/** `NAME.damaged`, then `NAME.damaged-2` and so on; a long name is cut so that it fits. */
export function damagedName(path: string, attempt: number): string {
  const suffix = attempt === 1 ? ".damaged" : `.damaged-${attempt}`;
  const slash = path.lastIndexOf("/") + 1;
  const name = nameToBytes(path.slice(slash));
  const room = maxNameBytes - suffix.length;
  if (name.length <= room) return path + suffix;
  let end = room;
  while (end > room - 4 && ((name[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return path.slice(0, slash) + nameFromBytes(name.subarray(0, end)) + suffix;
}
