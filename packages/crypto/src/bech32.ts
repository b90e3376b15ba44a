const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumLength = 6;

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of generators.entries()) if ((top >> bit) & 1) sum ^= generator;
  }
  return sum;
}

function expandPrefix(prefix: string): number[] {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

/** Regroups bits. The result is undefined where left-over bits are too many or not zero. */
function regroup(
  values: Iterable<number>,
  from: number,
  to: number,
  pad: boolean,
): number[] | undefined {
  let held = 0;
  let bits = 0;
  const result: number[] = [];
  for (const value of values) {
    held = (held << from) | value;
    bits += from;
    while (bits >= to) {
      bits -= to;
      result.push((held >> bits) & ((1 << to) - 1));
    }
    held &= (1 << bits) - 1;
  }
  if (pad) {
    if (bits > 0) result.push((held << (to - bits)) & ((1 << to) - 1));
  } else if (bits >= from || held !== 0) return undefined;
  return result;
}

/**
 * Bech32 text of some bytes, in lower case. `prefix` is the human-readable part in lower case.
 * Source: BIP 173, without its limit on length, as in c2sp.org/age "Conventions".
 */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const data = regroup(bytes, 8, 5, true) ?? [];
  const padding = Array.from({ length: checksumLength }, () => 0);
  const sum = polymod([...expandPrefix(prefix), ...data, ...padding]) ^ 1;
  const checksum = padding.map((_, index) => (sum >> (5 * (checksumLength - 1 - index))) & 31);
  return `${prefix}1${[...data, ...checksum].map((value) => alphabet.charAt(value)).join("")}`;
}

/**
 * The bytes of a Bech32 text with the given lower-case prefix. Undefined for mixed case, another
 * prefix, a foreign character, a wrong checksum or padding that is not zero. Source: BIP 173.
 */
export function decodeBech32(prefix: string, text: string): Uint8Array | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  if (!lower.startsWith(`${prefix}1`)) return undefined;
  const values = Array.from(lower.slice(prefix.length + 1), (c) => alphabet.indexOf(c));
  if (values.length < checksumLength || values.includes(-1)) return undefined;
  if (polymod([...expandPrefix(prefix), ...values]) !== 1) return undefined;
  const bytes = regroup(values.slice(0, -checksumLength), 5, 8, false);
  return bytes === undefined ? undefined : Uint8Array.from(bytes);
}
