import { posix } from "node:path";
import { ruleOf } from "./package-rules.ts";
import { parseSpecifier } from "./specifier.ts";
import type { Violation } from "./violation.ts";
import type { SourceFile, WorkspacePackage } from "./workspace.ts";

/** Follows the relative imports from a package's browser entries; nothing on the way may need Node. */
export function checkBrowserEntries(pkg: WorkspacePackage): Violation[] {
  const byPath = new Map(pkg.sources.map((source) => [source.path, source]));
  const violations: Violation[] = [];
  const seen = new Set<string>();
  for (const entry of ruleOf(pkg.manifest.name)?.browserEntries ?? []) {
    const waiting = [`${pkg.folder}/${entry}`];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const source = byPath.get(path);
      if (source === undefined || seen.has(path)) continue;
      seen.add(path);
      violations.push(...builtinsOf(source, entry));
      waiting.push(...relativesOf(source));
    }
  }
  return violations;
}

function builtinsOf(source: SourceFile, entry: string): Violation[] {
  return source.imports.flatMap(({ specifier, line }) => {
    const parsed = specifier === undefined ? undefined : parseSpecifier(specifier);
    if (parsed?.kind !== "builtin") return [];
    const message = `imports ${parsed.name}, and ${entry}, which must run in a browser, reaches it`;
    return [{ file: source.path, line, rule: "browser-safe" as const, message }];
  });
}

function relativesOf(source: SourceFile): string[] {
  return source.imports.flatMap(({ specifier }) => {
    const parsed = specifier === undefined ? undefined : parseSpecifier(specifier);
    if (parsed?.kind !== "relative") return [];
    return [posix.join(posix.dirname(source.path), parsed.path)];
  });
}
