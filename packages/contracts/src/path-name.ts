/**
 * Names of files are bytes, not text. Inside coldstow a name or path is a string in which a byte that
 * is not part of valid UTF-8 stands as the lone surrogate U+DC00 + byte (Python's `surrogateescape`,
 * PEP 383). The mapping loses nothing in either direction, and valid UTF-8 stays as it is.
 */

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const replacement = "\uFFFD";

/** Length of the valid UTF-8 sequence at `at`, 0 where there is none (RFC 3629, section 4). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let next = 2; next < length; next += 1) {
    if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** The name that these bytes spell. */
export function nameFromBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    let name = "";
    for (let at = 0; at < bytes.length;) {
      const length = sequenceLength(bytes, at);
      if (length === 0) {
        name += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
        at += 1;
      } else {
        name += strict.decode(bytes.subarray(at, at + length));
        at += length;
      }
    }
    return name;
  }
}

/** The bytes of a name; the inverse of {@link nameFromBytes}. Any other lone surrogate becomes U+FFFD. */
export function nameToBytes(name: string): Uint8Array {
  if (name.isWellFormed()) return encoder.encode(name);
  const bytes: number[] = [];
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...encoder.encode(character.isWellFormed() ? character : replacement));
  }
  return Uint8Array.from(bytes);
}

/** True for a name whose bytes are valid UTF-8. */
export function isUtf8Name(name: string): boolean {
  return name.isWellFormed();
}

const unprintable =
  /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\uD800-\uDFFF\\]/gu;

/** The name as a person may see it on a terminal: control, direction and non-UTF-8 bytes are escaped as in C. */
export function displayPath(name: string): string {
  return name.replace(unprintable, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\\") return "\\\\";
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    const byte = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code;
    return byte <= 0xff
      ? `\\x${byte.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
