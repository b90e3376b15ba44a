import ignore, { type Ignore } from "ignore";
import { looksAhead } from "./python-regex.ts";

export interface ExcludeRules {
  /** Searched in the relative path of a file. */
  readonly exclude: readonly RegExp[];
  /** Patterns as in .gitignore, later ones overriding earlier ones. */
  readonly globs: readonly string[];
}

/**
 * Tells whether a path, relative and with `/`, is left out. For a directory, true means that nothing
 * below it can be stored either, so it need not be read.
 */
export type ExcludeFilter = (path: string, kind: "file" | "directory") => boolean;

// The pattern library remembers its answer for every path; renewing it keeps memory flat.
const answersKept = 4096;

function globFilter(globs: readonly string[]): (path: string) => boolean {
  const rules = ignore({ ignorecase: false }).add([...globs]);
  let working: Ignore = rules;
  let answers = answersKept;
  return (path) => {
    answers += 1;
    if (answers > answersKept) {
      working = ignore({ ignorecase: false }).add(rules);
      answers = 0;
    }
    return working.ignores(path);
  };
}

/**
 * Makes the filter of an archive.
 *
 * A regular expression decides on files by their own path, as it did in pyArchiver: a directory is
 * passed over only where the expression finds every path below it too. A pattern that matches a
 * directory leaves out what it holds. Memory does not grow with the number of paths.
 */
export function excludeFilter(rules: ExcludeRules): ExcludeFilter {
  const passing = rules.exclude.filter((expression) => !looksAhead(expression));
  const byGlob = rules.globs.length === 0 ? (): boolean => false : globFilter(rules.globs);
  return (path, kind) => {
    if (kind === "directory") {
      const directory = `${path}/`;
      return passing.some((expression) => expression.test(directory)) || byGlob(directory);
    }
    return rules.exclude.some((expression) => expression.test(path)) || byGlob(path);
  };
}

/** The patterns in the text of an ignore file; comments and empty lines are left to the pattern library. */
export function ignoreFilePatterns(text: string): string[] {
  return text.replace(/^\uFEFF/, "").split(/\r?\n/);
}
