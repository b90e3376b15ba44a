import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isForTheCommandLineOnly, mayImport, ruleOf } from "./package-rules.ts";
import { unusedDependencies } from "./unused-dependencies.ts";
import type { Violation } from "./violation.ts";
import type { Workspace, WorkspacePackage } from "./workspace.ts";

/** Checks a package's package.json: its dependencies, what it publishes, and that it has a README. */
export function checkManifest(workspace: Workspace, pkg: WorkspacePackage): Violation[] {
  const { name, private: isPrivate } = pkg.manifest;
  const file = `${pkg.folder}/package.json`;
  const text = readFileSync(join(workspace.root, file), "utf8");
  const violations: Violation[] = [];
  const complain = (about: string, rule: Violation["rule"], message: string): void => {
    violations.push({ file, line: lineOf(text, about), rule, message });
  };
  for (const dependency of unusedDependencies(workspace, pkg)) {
    complain(dependency, "used", `${dependency} is declared and no source imports it`);
  }
  for (const dependency of forbiddenDependencies(workspace, pkg)) {
    complain(dependency, "import-table", `${name} may not depend on ${dependency}`);
  }
  if (isPrivate === true) return violations;
  if (!pkg.hasReadme) complain("name", "readme", `${pkg.folder} has no README.md`);
  if (ruleOf(name) === undefined) {
    complain("name", "unknown-package", `${name} is not in scripts/boundaries/package-rules.ts`);
  }
  for (const missing of unlistedFiles(pkg)) {
    complain("files", "files-listed", `"files" does not list ${missing}`);
  }
  return violations;
}

function forbiddenDependencies(workspace: Workspace, pkg: WorkspacePackage): string[] {
  const { name, dependencies, peerDependencies } = pkg.manifest;
  const rule = ruleOf(name);
  if (rule === undefined) return [];
  const ours = new Set(workspace.packages.map(({ manifest }) => manifest.name));
  return Object.keys({ ...dependencies, ...peerDependencies }).filter((dependency) =>
    ours.has(dependency)
      ? !mayImport(rule, dependency)
      : !rule.external || (name !== "coldstow" && isForTheCommandLineOnly(dependency)),
  );
}

/** Libraries publish their sources beside what is built from them, so that source maps lead somewhere. */
function unlistedFiles({ folder, manifest }: WorkspacePackage): string[] {
  const needed = ["dist", "README.md", ...(folder.startsWith("packages/") ? ["src"] : [])];
  return needed.filter((name) => !(manifest.files ?? []).includes(name));
}

function lineOf(text: string, name: string): number {
  const at = text.indexOf(`"${name}"`);
  return at === -1 ? 1 : text.slice(0, at).split("\n").length;
}
