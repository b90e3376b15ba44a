import { nameToBytes } from "@coldstow/contracts";

/** Lengths and places of the name fields of a ustar header. */
export const nameField = { at: 0, bytes: 100 } as const;
export const linkField = { at: 157, bytes: 100 } as const;
export const prefixField = { at: 345, bytes: 155 } as const;

const slash = 0x2f;

/** Writes a short ASCII name into a field. False, with the field cleared, when it does not fit there. */
function writeShortAscii(block: Uint8Array, at: number, bytes: number, name: string): boolean {
  if (name.length > bytes) return false;
  for (let i = 0; i < name.length; i += 1) {
    const code = name.charCodeAt(i);
    if (code >= 0x80) {
      block.fill(0, at, at + i);
      return false;
    }
    block[at + i] = code;
  }
  return true;
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

/** The slash at which a name falls into prefix and name, or -1. The name's part may not be empty. */
function splitAt(bytes: Uint8Array): number {
  const first = bytes.length - 1 - nameField.bytes;
  for (let i = Math.max(first, 1); i <= prefixField.bytes && i < bytes.length - 1; i += 1) {
    if (bytes[i] === slash) return i;
  }
  return -1;
}

/**
 * Writes a path into the name and prefix fields of the header block at `at`
 * (POSIX pax, "ustar Interchange Format").
 *
 * @returns undefined when the fields say it all; else the bytes that a pax record must give, and the
 *   name field holds their beginning for tools that know no pax
 */
export function writePath(block: Uint8Array, at: number, path: string): Uint8Array | undefined {
  if (writeShortAscii(block, at + nameField.at, nameField.bytes, path)) return undefined;
  const bytes = nameToBytes(path);
  const split = isAscii(bytes) ? splitAt(bytes) : -1;
  if (split < 0) {
    block.set(bytes.subarray(0, nameField.bytes), at + nameField.at);
    return bytes;
  }
  block.set(bytes.subarray(0, split), at + prefixField.at);
  block.set(bytes.subarray(split + 1), at + nameField.at);
  return undefined;
}

/** As {@link writePath}, for the linkname field, which has no prefix. */
export function writeLink(block: Uint8Array, at: number, target: string): Uint8Array | undefined {
  if (writeShortAscii(block, at + linkField.at, linkField.bytes, target)) return undefined;
  const bytes = nameToBytes(target);
  block.set(bytes.subarray(0, linkField.bytes), at + linkField.at);
  return bytes;
}
