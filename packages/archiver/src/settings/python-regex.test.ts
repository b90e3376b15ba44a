import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pythonRegex } from "./python-regex.ts";

// What Python's re.search finds in these paths.
const vectors = JSON.parse(
  readFileSync(new URL("vectors/python-regex.json", import.meta.url), "utf8"),
) as {
  readonly paths: readonly string[];
  readonly rows: readonly { pattern: string; found: readonly string[] }[];
  readonly refused: readonly string[];
};

describe("a regular expression in Python's syntax", () => {
  it.each(vectors.rows)("finds with $pattern what Python finds", ({ pattern, found }) => {
    const expression = pythonRegex(pattern);
    expect(vectors.paths.filter((path) => expression.test(path))).toEqual(found);
  });

  it.each(vectors.refused)("is refused where it cannot be translated: %s", (pattern) => {
    expect(() => pythonRegex(pattern)).toThrow(Error);
  });

  it("finds a text whose every character was escaped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const escaped = Array.from(text, (character) =>
          /[A-Za-z0-9_\s]/.test(character) ? character : `\\${character}`,
        ).join("");
        expect(pythonRegex(`\\A${escaped}\\Z`).test(text)).toBe(true);
      }),
    );
  });
});
