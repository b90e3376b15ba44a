import { parseSpecifier } from "./specifier.ts";
import type { SourceFile, Workspace, WorkspacePackage } from "./workspace.ts";

/**
 * The names that a package declares and does not import: `dependencies` must be used by what users
 * run, `devDependencies` by anything. oclif's plugins count as used, and so do the types of a package
 * that is.
 */
export function unusedDependencies(workspace: Workspace, pkg: WorkspacePackage): string[] {
  const { manifest, sources } = pkg;
  const plugins = manifest.oclif?.plugins ?? [];
  const production = sources.filter((source) => source.production);
  const ours = new Set(workspace.packages.map((other) => other.manifest.name));
  // In a private package the name of one of ours also orders the build before its tests.
  const exempt = (name: string): boolean => manifest.private === true && ours.has(name);
  return [
    ...unused(manifest.dependencies, new Set([...plugins, ...importedBy(production)])),
    ...unused(manifest.devDependencies, new Set(importedBy(sources))),
  ].filter((name) => !exempt(name));
}

function importedBy(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ imports }) =>
    imports.flatMap(({ specifier }) => {
      const parsed = specifier === undefined ? undefined : parseSpecifier(specifier);
      return parsed?.kind === "package" ? [parsed.packageName] : [];
    }),
  );
}

function unused(declared: object | undefined, used: ReadonlySet<string>): string[] {
  return Object.keys(declared ?? {}).filter((name) => !used.has(name) && !used.has(typed(name)));
}

/** `@types/a__b` holds the types of `@a/b`, `@types/a` those of `a`. */
function typed(name: string): string {
  const subject = name.replace(/^@types\//, "");
  return subject.includes("__") ? `@${subject.replace("__", "/")}` : subject;
}
