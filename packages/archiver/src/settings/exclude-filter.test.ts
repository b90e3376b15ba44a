import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excludeFilter, ignoreFilePatterns } from "./exclude-filter.ts";
import { pythonRegex } from "./python-regex.ts";

function byRegex(...patterns: string[]): ReturnType<typeof excludeFilter> {
  return excludeFilter({ exclude: patterns.map(pythonRegex), globs: [] });
}

describe("what is left out", () => {
  it("is a file whose path the regular expression finds", () => {
    const excludes = byRegex("\\.tmp$", "^cache/");
    expect(excludes("a/b.tmp", "file")).toBe(true);
    expect(excludes("cache/x", "file")).toBe(true);
    expect(excludes("a/b.txt", "file")).toBe(false);
  });

  it("is a directory only where every path below it is left out too", () => {
    expect(byRegex("^cache/")("cache", "directory")).toBe(true);
    expect(byRegex("cache")("a/cache", "directory")).toBe(true);
    expect(byRegex("\\.tmp$")("files.tmp", "directory")).toBe(false);
    expect(byRegex("^a(?!/keep)")("a", "directory")).toBe(false);
  });

  it("never depends on whether a directory was passed over", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "b", ".", "t"),
      minLength: 1,
      maxLength: 3,
    });
    const pattern = fc
      .array(
        fc.constantFrom(
          "a",
          "b",
          "/",
          "\\.",
          ".",
          "^",
          "$",
          "[ab]",
          "a*",
          "\\b",
          "(?!b)",
          "t?",
          "(?<=/)",
        ),
        { minLength: 1, maxLength: 5 },
      )
      .map((parts) => parts.join(""))
      .filter((text) => {
        try {
          return pythonRegex(text) instanceof RegExp;
        } catch {
          return false;
        }
      });
    fc.assert(
      fc.property(pattern, name, name, (text, directory, file) => {
        const excludes = byRegex(text);
        fc.pre(excludes(directory, "directory"));
        expect(excludes(`${directory}/${file}`, "file")).toBe(true);
      }),
    );
  });

  it("follows patterns as in .gitignore, in the case given", () => {
    const excludes = excludeFilter({
      exclude: [],
      globs: ignoreFilePatterns("# old\r\n*.bak\n!keep.bak\n/build/\nnode_modules/\n"),
    });
    expect(excludes("a/b.bak", "file")).toBe(true);
    expect(excludes("a/B.BAK", "file")).toBe(false);
    expect(excludes("keep.bak", "file")).toBe(false);
    expect(excludes("build", "directory")).toBe(true);
    expect(excludes("build", "file")).toBe(false);
    expect(excludes("a/build", "directory")).toBe(false);
    expect(excludes("x/node_modules", "directory")).toBe(true);
    expect(excludes("node_modules/a/b", "file")).toBe(true);
  });

  it("is decided the same for the ten-thousandth path as for the first", () => {
    const excludes = excludeFilter({ exclude: [], globs: ["*.bak"] });
    const wrong = Array.from({ length: 10_000 }, (_, n) => n).filter(
      (n) => !excludes(`d/${n}.bak`, "file") || excludes(`d/${n}.txt`, "file"),
    );
    expect(wrong).toEqual([]);
  });

  it("takes any name, even one that is not UTF-8 or holds newlines", () => {
    const excludes = excludeFilter({ exclude: [pythonRegex("x$")], globs: ["*.bak"] });
    expect(excludes("a\n\udcff.bak", "file")).toBe(true);
    expect(excludes("...", "file")).toBe(false);
    expect(excludes(" ", "file")).toBe(false);
  });
});
