import { readFileSync } from "node:fs";
import { isColdstowError } from "@coldstow/contracts";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIni } from "./parse-ini.ts";

// Written by Python's configparser, read from the same texts.
const vectors = JSON.parse(
  readFileSync(new URL("vectors/configparser.json", import.meta.url), "utf8"),
) as {
  readonly rows: readonly { text: string; sections: Record<string, Record<string, string>> }[];
  readonly refused: readonly string[];
};

function asObject(text: string): Record<string, Record<string, string>> {
  return Object.fromEntries(
    parseIni(text).sections.map((section) => [
      section.name,
      Object.fromEntries(section.entries.map((entry) => [entry.key, entry.value])),
    ]),
  );
}

function outcome(text: string): string {
  try {
    parseIni(text);
    return "read";
  } catch (error) {
    return isColdstowError(error) ? error.code : String(error);
  }
}

describe("an ini file", () => {
  it.each(vectors.rows)("reads $text as Python's configparser does", ({ text, sections }) => {
    expect(asObject(text)).toEqual(sections);
  });

  it.each(vectors.refused)("refuses %j as Python's configparser does", (text) => {
    expect(() => parseIni(text)).toThrow(expect.objectContaining({ code: "E_CONFIG" }));
  });

  it("may begin with a byte order mark", () => {
    expect(asObject("\uFEFF[A]\r\nk = 1\r\n")).toEqual({ A: { k: "1" } });
  });

  it("may hold a percent sign that was not doubled", () => {
    expect(asObject("[A]\nk = 50% of %(x)s\nj = %%d\n")).toEqual({
      A: { k: "50% of %(x)s", j: "%d" },
    });
  });

  it("keeps the line of each setting", () => {
    const [section] = parseIni("\n# first\n[A]\nk = 1\n  2\n\nj = 3\n").sections;
    expect(section?.line).toBe(3);
    expect(section?.entries.map(({ key, line, endLine }) => ({ key, line, endLine }))).toEqual([
      { key: "k", line: 4, endLine: 5 },
      { key: "j", line: 7, endLine: 7 },
    ]);
  });

  it.each([
    ["[A]\nk = 1\nnonsense\n", "a.ini:3: this line is not a setting"],
    ["k = 1\n", "a.ini:1: k stands before the first section"],
    ["[A]\nk = 1\nK = 2\n", "a.ini:3: [A] k is given twice, first in line 2"],
    ["[A]\n[B]\n[A]\n", "a.ini:3: the section [A] is there already, in line 1"],
  ])("names file and line where %j is wrong", (text, message) => {
    expect(() => parseIni(text, { source: "a.ini" })).toThrow(message);
  });

  it("is read or refused with a code, whatever it holds", () => {
    const line = fc.oneof(
      fc.constantFrom("[A]", "[B c]", "k = 1", " k: 2", "  more", "", "; c", "x", "=", "[]", "\t"),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        expect(outcome(lines.join("\n"))).toMatch(/^(?:read|E_CONFIG)$/);
      }),
    );
  });
});
