import { posix } from "node:path";
import { isForTheCommandLineOnly, mayImport, ruleOf, type PackageRule } from "./package-rules.ts";
import { parseSpecifier, type Specifier } from "./specifier.ts";
import type { Violation } from "./violation.ts";
import type { SourceFile, Workspace, WorkspacePackage } from "./workspace.ts";

type Complaint = Pick<Violation, "rule" | "message">;

/** Checks every import of a package against the table and against what its package.json declares. */
export function checkImports(workspace: Workspace, pkg: WorkspacePackage): Violation[] {
  const violations: Violation[] = [];
  for (const source of pkg.sources) {
    for (const { specifier, kind, line } of source.imports) {
      // A test may look at any file of the repository; what users run finds only its own package's.
      if (kind === "address" && !source.production) continue;
      const complaint =
        specifier === undefined
          ? checkComputed(pkg, source)
          : checkOne(workspace, pkg, source, parseSpecifier(specifier));
      if (complaint !== undefined) violations.push({ file: source.path, line, ...complaint });
    }
  }
  return violations;
}

function checkComputed(pkg: WorkspacePackage, source: SourceFile): Complaint | undefined {
  if (!source.production || pkg.manifest.name === "coldstow") return undefined;
  return {
    rule: "computed-import",
    message: "names a module by a computed value; only apps/cli may, for its plugins",
  };
}

function checkOne(
  workspace: Workspace,
  pkg: WorkspacePackage,
  source: SourceFile,
  specifier: Specifier,
): Complaint | undefined {
  if (specifier.kind === "relative") return checkRelative(workspace, pkg, source, specifier.path);
  const rule = source.production ? ruleOf(pkg.manifest.name) : undefined;
  if (specifier.kind === "builtin") return checkBuiltin(pkg, rule, specifier.name);
  if (specifier.packageName === pkg.manifest.name) return undefined;
  return (
    checkTable(workspace, pkg, rule, specifier) ??
    checkDeclared(workspace, pkg, source, specifier.packageName)
  );
}

function checkRelative(
  workspace: Workspace,
  pkg: WorkspacePackage,
  source: SourceFile,
  path: string,
): Complaint | undefined {
  const target = posix.join(posix.dirname(source.path), path);
  const isIn = ({ folder }: WorkspacePackage): boolean => `${target}/`.startsWith(`${folder}/`);
  if (!path.startsWith("/") && isIn(pkg)) return undefined;
  // What is never published, tests and benchmarks, may share its tools.
  const neighbours = workspace.packages.filter(({ manifest }) => manifest.private === true);
  if (neighbours.includes(pkg) && neighbours.some(isIn)) return undefined;
  return { rule: "inside-package", message: `"${path}" leaves ${pkg.folder}; import it by name` };
}

function checkBuiltin(
  pkg: WorkspacePackage,
  rule: PackageRule | undefined,
  name: string,
): Complaint | undefined {
  if (rule === undefined || rule.builtins) return undefined;
  return { rule: "browser-safe", message: `${pkg.manifest.name} may not import ${name}` };
}

function checkTable(
  workspace: Workspace,
  pkg: WorkspacePackage,
  rule: PackageRule | undefined,
  { packageName, full }: Extract<Specifier, { kind: "package" }>,
): Complaint | undefined {
  const target = workspace.packages.find(({ manifest }) => manifest.name === packageName);
  if (target !== undefined && !exportsSubpath(target, full)) {
    return { rule: "exported", message: `${packageName} does not export "${full}"` };
  }
  if (rule === undefined) return undefined;
  const name = pkg.manifest.name;
  const allowed =
    target === undefined
      ? rule.external && (name === "coldstow" || !isForTheCommandLineOnly(packageName))
      : mayImport(rule, packageName, full);
  return allowed ? undefined : { rule: "import-table", message: `${name} may not import ${full}` };
}

function exportsSubpath(target: WorkspacePackage, full: string): boolean {
  // Without an exports map every file of the package can be reached.
  if (target.manifest.exports === undefined) return true;
  const subpath = `.${full.slice(target.manifest.name.length)}`;
  return Object.keys(target.manifest.exports).some((name) => {
    const [before = "", after] = name.split("*");
    if (after === undefined) return name === subpath;
    return subpath.startsWith(before) && subpath.endsWith(after);
  });
}

function checkDeclared(
  workspace: Workspace,
  pkg: WorkspacePackage,
  source: SourceFile,
  packageName: string,
): Complaint | undefined {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = pkg.manifest;
  const declared = [dependencies, peerDependencies, optionalDependencies];
  // What the root declares is there for every test, and for nothing that is published.
  if (!source.production) declared.push(devDependencies, workspace.rootManifest.devDependencies);
  if (declared.some((names) => names !== undefined && Object.hasOwn(names, packageName))) {
    return undefined;
  }
  const list = source.production ? "dependencies" : "devDependencies";
  return { rule: "declared", message: `${packageName} is not in ${pkg.folder}'s ${list}` };
}
