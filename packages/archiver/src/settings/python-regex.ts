import { translateClass, translateEscape, UnsupportedRegex } from "./python-regex-escape.ts";

const repeat = /^\{(?:(\d+)|(\d*),(\d*))\}/;
const anyCharacter = "[\\s\\S]";
const atEnd = "$";
const atStart = "^";

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** The global flags of `(?ims)` at the start, and where the pattern proper begins. */
function leadingFlags(source: string): Flags & { readonly from: number } {
  const found = /^(?:\(\?([a-zA-Z]+)\))+/.exec(source)?.[0] ?? "";
  const letters = found.replace(/[()?]/g, "");
  const bad = /[^imsu]/.exec(letters);
  if (bad !== null) throw new UnsupportedRegex(`the flag (?${bad[0]}) is not supported`);
  return {
    ignoreCase: letters.includes("i"),
    multiline: letters.includes("m"),
    dotAll: letters.includes("s"),
    from: found.length,
  };
}

/** Translates what follows `(`; returns the new text and how many characters it took. */
function translateGroup(rest: string): { readonly text: string; readonly length: number } {
  const named = /^\(\?P<([A-Za-z_]\w*)>/.exec(rest);
  if (named !== null) return { text: `(?<${named[1]}>`, length: named[0].length };
  const reference = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest);
  if (reference !== null) return { text: `\\k<${reference[1]}>`, length: reference[0].length };
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment !== null) return { text: "", length: comment[0].length };
  const plain = /^\(\?(?:[:=!]|<[=!]|i:|-i:)/.exec(rest);
  if (plain !== null) return { text: plain[0], length: plain[0].length };
  if (!rest.startsWith("(?")) return { text: "(", length: 1 };
  throw new UnsupportedRegex(`the group ${rest.slice(0, 4)}… is not supported`);
}

/** Translates `{`: a repeat count, or in Python's syntax just a brace. */
function translateBrace(rest: string): { readonly text: string; readonly length: number } {
  const count = repeat.exec(rest);
  if (count === null) return { text: "\\{", length: 1 };
  const [whole, exactly, least, most] = count;
  if (exactly !== undefined) return { text: `{${exactly}}`, length: whole.length };
  return { text: `{${least === "" ? "0" : least},${most}}`, length: whole.length };
}

function translateBody(source: string, from: number, flags: Flags): string {
  let out = "";
  for (let at = from; at < source.length;) {
    const rest = source.slice(at);
    const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
    let step = { text: character, length: character.length };
    if (character === "\\") step = translateEscape(rest);
    else if (character === "[") step = translateClass(rest);
    else if (character === "(") step = translateGroup(rest);
    else if (character === "{") step = translateBrace(rest);
    else if (character === "." && flags.dotAll) step = { text: anyCharacter, length: 1 };
    else if (character === ".") step = { text: "[^\\n]", length: 1 };
    else if (character === "^") {
      step = { text: flags.multiline ? `(?:${atStart}|(?<=\\n))` : atStart, length: 1 };
    } else if (character === "$") {
      step = { text: flags.multiline ? `(?:${atEnd}|(?=\\n))` : `(?=\\n?${atEnd})`, length: 1 };
    } else if (character === "]" || character === "}") {
      step = { text: `\\${character}`, length: 1 };
    } else if (/^[*+?]\+/.test(rest)) {
      throw new UnsupportedRegex(`the possessive repeat ${rest.slice(0, 2)} is not supported`);
    }
    out += step.text;
    at += step.length;
  }
  return out;
}

/**
 * Translates a regular expression in the syntax of Python's `re` into one of this language that
 * finds the same: flags at the start, `\A`, `\Z`, named groups, Unicode classes, `$` before a last
 * newline, braces that count nothing.
 *
 * Left out, and refused: the flags a, L and x, conditional and atomic groups, possessive repeats,
 * `\N{…}`, flags other than `i` inside a group.
 * @throws {UnsupportedRegex | SyntaxError} with the reason
 */
export function pythonRegex(source: string): RegExp {
  const { from, ...flags } = leadingFlags(source);
  return new RegExp(translateBody(source, from, flags), flags.ignoreCase ? "vi" : "v");
}

/**
 * True where a match may depend on what comes after it, so that a match in a directory's path does
 * not mean one in every path below.
 */
export function looksAhead(expression: RegExp): boolean {
  return /\(\?[!=]|\$/.test(expression.source);
}
