import { nameFromBytes } from "@coldstow/contracts";
import { blockBytes } from "./blocks.ts";
import { readNumber, readNumberBig } from "./number-field.ts";

/** What the fields of one header block say (POSIX pax, "ustar Interchange Format"). */
export interface HeaderBlock {
  readonly typeFlag: string;
  readonly path: string;
  readonly linkTarget: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly userName: string;
  readonly groupName: string;
}

const nsPerSecond = 1_000_000_000n;

/** True for a block of zeros. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < blockBytes; i += 1) if (block[i] !== 0) return false;
  return true;
}

/** True when the block says that it is a ustar header, POSIX's or GNU's. */
export function hasUstarMagic(block: Uint8Array): boolean {
  return (
    block[257] === 0x75 &&
    block[258] === 0x73 &&
    block[259] === 0x74 &&
    block[260] === 0x61 &&
    block[261] === 0x72 &&
    (block[262] === 0 || block[262] === 0x20)
  );
}

/** True when the checksum is right, taken over unsigned bytes or, as some old tools did, signed ones. */
export function hasValidChecksum(block: Uint8Array): boolean {
  const expected = readNumber(block, 148, 8);
  let sum = 0;
  let high = 0;
  for (let i = 0; i < blockBytes; i += 1) {
    const byte = i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
    sum += byte;
    high += byte >> 7;
  }
  return expected === sum || expected === sum - 256 * high;
}

function endOfText(block: Uint8Array, from: number, limit: number): number {
  let end = from;
  while (end < limit && block[end] !== 0) end += 1;
  return end;
}

function text(block: Uint8Array, at: number, length: number): string {
  let name = "";
  let end = at;
  for (; end < at + length && block[end] !== 0; end += 1) {
    const byte = block[end] ?? 0;
    if (byte < 0x80) name += String.fromCharCode(byte);
    else return nameFromBytes(block.subarray(at, endOfText(block, end, at + length)));
  }
  return name;
}

function pathOf(block: Uint8Array): string {
  const name = text(block, 0, 100);
  // Behind GNU's magic the prefix's place holds other things.
  if (!hasUstarMagic(block) || block[262] !== 0) return name;
  const prefix = text(block, 345, 155);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** The fields of a header block, or what is wrong with it in words. The checksum is not looked at. */
export function parseHeaderBlock(block: Uint8Array): HeaderBlock | string {
  const ustar = hasUstarMagic(block);
  const mode = readNumber(block, 100, 8);
  const uid = readNumber(block, 108, 8);
  const gid = readNumber(block, 116, 8);
  const sizeBytes = readNumber(block, 124, 12);
  const seconds = readNumberBig(block, 136, 12);
  if (sizeBytes === undefined) return "a header's size is no size";
  if (mode === undefined || uid === undefined || gid === undefined || seconds === undefined) {
    return "a header's mode, owner or time is no number";
  }
  return {
    typeFlag: String.fromCharCode(block[156] ?? 0),
    path: pathOf(block),
    linkTarget: text(block, 157, 100),
    mode: mode % 0o10000,
    uid,
    gid,
    sizeBytes,
    mtimeNs: seconds * nsPerSecond,
    userName: ustar ? text(block, 265, 32) : "",
    groupName: ustar ? text(block, 297, 32) : "",
  };
}
