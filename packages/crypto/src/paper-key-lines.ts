import { createHash } from "node:crypto";

/** Data characters of an identity's Bech32 text after `AGE-SECRET-KEY-1`. */
export const keyCharacters = 58;
/** How many checked lines hold them. */
export const lineCount = 4;
/** Data characters of every line but the last, which has the rest. */
export const lineCharacters = 16;
/** Check characters at the end of a line. */
export const checkCharacters = 4;

/** The upper-case Bech32 alphabet, in order of value. */
export const paperAlphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";

/** The check characters of a line: docs/formats/paper-key.md §2. */
export function lineCheck(line: number, data: string): string {
  const digest = createHash("sha256").update(`coldstow paper key ${line} ${data}`).digest();
  const bits = digest.readUIntBE(0, 3);
  return [19, 14, 9, 4].map((shift) => paperAlphabet.charAt((bits >> shift) & 31)).join("");
}

/** The data characters of line 1 to 4. */
export function lineData(characters: string, line: number): string {
  return characters.slice((line - 1) * lineCharacters, line * lineCharacters);
}

/** How many data characters line 1 to 4 has. */
export function lineLength(line: number): number {
  return line < lineCount ? lineCharacters : keyCharacters - (lineCount - 1) * lineCharacters;
}

/**
 * What was meant by typed or scanned characters: upper case, no spaces or dashes, and the characters
 * that the alphabet lacks read as those they are taken for.
 */
export function normalise(text: string): string {
  return text
    .toUpperCase()
    .replace(/[\s\-\u2010-\u2015=_.,;:|]/g, "")
    .replace(/O/g, "0")
    .replace(/[I1]/g, "L")
    .replace(/B/g, "8");
}
