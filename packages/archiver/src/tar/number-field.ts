import { maxOctal11 } from "./blocks.ts";

const zero = 0x30;
const tenDigits = 2 ** 30;

/** Writes `value` as `digits` octal digits with leading zeros at `at`. The byte behind is left alone. */
export function writeOctal(block: Uint8Array, at: number, digits: number, value: number): void {
  let low = value;
  let first = 0;
  if (value >= tenDigits) {
    low = value % tenDigits;
    block[at] = zero + Math.floor(value / tenDigits);
    first = 1;
  }
  for (let i = digits - 1; i >= first; i -= 1) {
    block[at + i] = zero + (low & 7);
    low >>>= 3;
  }
}

/** Writes ASCII text at `at` and returns the position behind it. */
export function writeAscii(block: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) block[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/**
 * The number in a header field: octal digits between spaces and NULs, or base-256 with the top bit
 * set (GNU tar manual, "Extensions to the ustar Format"). An empty field is 0n.
 * Returns undefined when the field holds something else.
 */
export function readNumberBig(block: Uint8Array, at: number, length: number): bigint | undefined {
  const lead = block[at] ?? 0;
  if ((lead & 0x80) === 0) {
    const value = readOctal(block, at, length);
    return value === undefined ? undefined : BigInt(value);
  }
  let value = BigInt(lead & 0x7f);
  for (let i = 1; i < length; i += 1) value = (value << 8n) | BigInt(block[at + i] ?? 0);
  // The number is two's complement in all its bits but the topmost, which only marks base-256.
  return BigInt.asIntN(8 * length - 1, value);
}

/** As {@link readNumberBig}, for fields that hold 0 to 2^53 - 1; anything else is undefined. */
export function readNumber(block: Uint8Array, at: number, length: number): number | undefined {
  if (((block[at] ?? 0) & 0x80) === 0) return readOctal(block, at, length);
  const value = readNumberBig(block, at, length);
  if (value === undefined || value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    return undefined;
  }
  return Number(value);
}

function readOctal(block: Uint8Array, at: number, length: number): number | undefined {
  const end = at + length;
  let i = at;
  while (i < end && block[i] === 0x20) i += 1;
  let value = 0;
  for (; i < end; i += 1) {
    const digit = (block[i] ?? 0) - zero;
    // A field ends with its first NUL or space; some tools leave old bytes behind it.
    if (digit === -zero || digit === 0x20 - zero) break;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value <= 8 * maxOctal11 + 7 ? value : undefined;
}
