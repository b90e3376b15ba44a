import { ColdstowError } from "@coldstow/contracts";
import { encodeIdentity, identityBytes } from "./identity.ts";
import {
  checkCharacters,
  keyCharacters,
  lineCheck,
  lineCount,
  lineLength,
  normalise,
  paperAlphabet,
} from "./paper-key-lines.ts";

const hint = "Compare with the printed page, four characters at a time.";
const label = /^\s*(?:line\s*)?([1-4il|])\s*(?:(?:of|\/)\s*4\s*)?(?:[-:.)\]]\s*|\s)(.*)$/i;
const plainStart = /AGE-?SECRET-?KEY-?[1IL]/g;

/** What one checked line turned out to be: its data, or what is wrong with it. */
type CheckedLine = { readonly data: string } | { readonly wrong: string };

function checkLine(line: number, typed: string): CheckedLine {
  const foreign = Array.from(typed).find((character) => !paperAlphabet.includes(character));
  if (foreign !== undefined) return { wrong: `has the character "${foreign}", which no key has` };
  const expected = lineLength(line) + checkCharacters;
  if (typed.length !== expected)
    return { wrong: `has ${typed.length} characters instead of ${expected}` };
  const data = typed.slice(0, -checkCharacters);
  return lineCheck(line, data) === typed.slice(-checkCharacters)
    ? { data }
    : { wrong: "has a typing error: its check characters do not fit" };
}

function findCheckedLines(text: string): Map<number, CheckedLine> {
  const found = new Map<number, CheckedLine>();
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const [, digit = "", rest = ""] = label.exec(raw) ?? [];
    const typed = normalise(rest);
    if (digit === "" || typed === "") continue;
    const line = /[1-4]/.test(digit) ? Number(digit) : 1;
    const checked = checkLine(line, typed);
    const known = found.get(line);
    if (known === undefined || "wrong" in known) found.set(line, checked);
  }
  return found;
}

function identityOf(characters: string): string | undefined {
  try {
    return encodeIdentity(identityBytes(`AGE-SECRET-KEY-1${characters}`));
  } catch {
    return undefined;
  }
}

function findPlainKeys(text: string): { found: boolean; keys: Set<string> } {
  const joined = text
    .toUpperCase()
    .replace(/[\u2010-\u2015]/g, "-")
    .replace(/\s/g, "");
  const starts = [...joined.matchAll(plainStart)];
  const keys = starts.flatMap((start) => {
    const from = start.index + start[0].length;
    return identityOf(normalise(joined.slice(from, from + keyCharacters))) ?? [];
  });
  return { found: starts.length > 0, keys: new Set(keys) };
}

function fromCheckedLines(found: Map<number, CheckedLine>): string {
  const problems: string[] = [];
  let characters = "";
  for (let line = 1; line <= lineCount; line += 1) {
    const checked = found.get(line) ?? { wrong: "is missing" };
    if ("wrong" in checked) problems.push(`line ${line} ${checked.wrong}`);
    else characters += checked.data;
  }
  if (problems.length > 0)
    throw new ColdstowError("E_FORMAT", `The paper key cannot be read: ${problems.join("; ")}.`, {
      hint,
    });
  const identity = identityOf(characters);
  if (identity !== undefined) return identity;
  throw new ColdstowError(
    "E_FORMAT",
    "Each of lines 1 to 4 of the paper key is right by itself, but together they are no key: they come from different pages.",
    { hint: "Type all four lines from the same page." },
  );
}

/**
 * The secret identity on a paper key: the whole page, only its four checked lines, or only the line
 * that begins with AGE-SECRET-KEY-1. Case, spaces and dashes do not matter, and the characters that
 * the alphabet lacks are read as those they look like (O as 0, I and 1 as L, B as 8).
 * Source: docs/formats/paper-key.md §3.
 * @returns the identity in its canonical form
 * @throws {E_FORMAT} which names every line that is wrong, and never repeats what was typed but for a
 *   single foreign character
 */
export function readPaperKey(text: string): string {
  const plain = findPlainKeys(text);
  const lines = findCheckedLines(text);
  const whole = [...lines.values()].filter((line) => "data" in line).length;
  if (plain.keys.size > 0 && whole === lineCount) plain.keys.add(fromCheckedLines(lines));
  const [key, other] = plain.keys;
  if (other !== undefined)
    throw new ColdstowError("E_FORMAT", "There are two different keys on this page.", {
      hint: "Type the key of one page only.",
    });
  if (key !== undefined) return key;
  if (whole > 0 || (!plain.found && lines.size > 0)) return fromCheckedLines(lines);
  throw new ColdstowError(
    "E_FORMAT",
    plain.found
      ? "The line that begins with AGE-SECRET-KEY-1 has a typing error, or a part of it is missing."
      : "There is no paper key in this text: neither checked lines nor a line that begins with AGE-SECRET-KEY-1.",
    { hint: plain.found ? "Type the four checked lines instead: they tell which is wrong." : hint },
  );
}
