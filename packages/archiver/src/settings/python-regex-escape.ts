/** A regular expression uses what has no counterpart here. */
export class UnsupportedRegex extends Error {
  override readonly name: string = "UnsupportedRegex";
}

interface Step {
  readonly text: string;
  /** How many UTF-16 units of the source it stands for. */
  readonly length: number;
}

const wordClass = "\\p{L}\\p{N}_";
const edge = `(?:(?<=[${wordClass}])(?![${wordClass}])|(?<![${wordClass}])(?=[${wordClass}]))`;
const notEdge = `(?:(?<=[${wordClass}])(?=[${wordClass}])|(?<![${wordClass}])(?![${wordClass}]))`;

// Valid inside and outside of a class.
const classes: Readonly<Record<string, string>> = {
  d: "\\p{Nd}",
  D: "[^\\p{Nd}]",
  w: `[${wordClass}]`,
  W: `[^${wordClass}]`,
  s: "\\s",
  S: "\\S",
};

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

const anchors: Readonly<Record<string, string>> = {
  A: "^",
  Z: "$",
  b: edge,
  B: notEdge,
};

/** A code point as it may stand anywhere in a `v` expression. */
function literal(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  return /^[\p{L}\p{N}_]$/u.test(character) ? character : `\\u{${codePoint.toString(16)}}`;
}

function characterEscape(rest: string): Step | undefined {
  const letter = rest.charAt(1);
  const control = Object.hasOwn(controls, letter) ? controls[letter] : undefined;
  if (control !== undefined) return { text: literal(control), length: 2 };
  const hex = /^\\(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8}))/.exec(rest);
  if (hex !== null) {
    const codePoint = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16);
    if (codePoint > 0x10ffff) throw new UnsupportedRegex(`${hex[0]} is no character`);
    return { text: literal(codePoint), length: hex[0].length };
  }
  const octal = /^\\(0[0-7]{0,2}|[1-3][0-7]{2})/.exec(rest);
  if (octal !== null) {
    return { text: literal(Number.parseInt(octal[1] ?? "0", 8)), length: octal[0].length };
  }
  const codePoint = rest.codePointAt(1) ?? 0;
  const character = String.fromCodePoint(codePoint);
  if (/^[A-Za-z0-9]$/.test(character)) return undefined;
  return { text: literal(codePoint), length: 1 + character.length };
}

/** Translates the escape at the start of `rest`, outside of a class. */
export function translateEscape(rest: string): Step {
  const letter = rest.charAt(1);
  if (letter === "") throw new UnsupportedRegex("it ends with a single \\");
  if (Object.hasOwn(classes, letter)) return { text: classes[letter] ?? "", length: 2 };
  if (Object.hasOwn(anchors, letter)) return { text: anchors[letter] ?? "", length: 2 };
  const character = characterEscape(rest);
  if (character !== undefined) return character;
  const group = /^\\([1-9]\d?)/.exec(rest);
  if (group !== null) return { text: `(?:\\${group[1]})`, length: group[0].length };
  throw new UnsupportedRegex(`the escape \\${letter} is not supported`);
}

function classEscape(rest: string): Step {
  const letter = rest.charAt(1);
  if (Object.hasOwn(classes, letter)) return { text: classes[letter] ?? "", length: 2 };
  if (letter === "b") return { text: literal(8), length: 2 };
  const character = characterEscape(rest);
  if (character !== undefined) return character;
  throw new UnsupportedRegex(`the escape \\${letter} is not supported in [ ]`);
}

function classAtom(rest: string): Step {
  if (rest === "") throw new UnsupportedRegex("a [ is not closed");
  if (rest.startsWith("\\")) return classEscape(rest);
  const codePoint = rest.codePointAt(0) ?? 0;
  return { text: literal(codePoint), length: String.fromCodePoint(codePoint).length };
}

/** Translates the class at the start of `rest`: `[abc]`, `[^a-z]`, `[]]`. */
export function translateClass(rest: string): Step {
  const start = rest.startsWith("[^") ? 2 : 1;
  let text = rest.slice(0, start);
  for (let at = start; ;) {
    if (rest.charAt(at) === "]" && at > start) return { text: `${text}]`, length: at + 1 };
    const low = classAtom(rest.slice(at));
    text += low.text;
    at += low.length;
    if (rest.charAt(at) === "-" && rest.charAt(at + 1) !== "]") {
      const high = classAtom(rest.slice(at + 1));
      text += `-${high.text}`;
      at += 1 + high.length;
    }
  }
}
