import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { scanImports, type ScannedImport } from "./import-scanner.ts";

/** The fields of package.json that the rules read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly oclif?: { readonly plugins?: readonly string[] };
}

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  /** Whether it is part of what users run, as opposed to tests and tooling. */
  readonly production: boolean;
  readonly imports: readonly ScannedImport[];
}

export interface WorkspacePackage {
  /** From the repository's root, with forward slashes. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly hasReadme: boolean;
  readonly sources: readonly SourceFile[];
}

export interface Workspace {
  readonly root: string;
  readonly rootManifest: Manifest;
  readonly packages: readonly WorkspacePackage[];
}

const leftOut = new Set(["node_modules", "dist", "dist-types", "CHANGELOG.md"]);

/** Reads every package of the repository and the imports of each of its sources. */
export function readWorkspace(root: string): Workspace {
  const manifests = globSync(
    [
      "{packages,apps,examples}/*/package.json",
      "{tests,benchmarks}/package.json",
      "tests/servers/package.json",
    ],
    { cwd: root },
  );
  const folders = manifests.toSorted().map((file) => dirname(file));
  return {
    root,
    rootManifest: readManifest(join(root, "package.json")),
    packages: folders.map((folder) => readPackage(root, folder, folders)),
  };
}

function readPackage(root: string, folder: string, all: readonly string[]): WorkspacePackage {
  const inside = all.filter((other) => other.startsWith(`${folder}${sep}`));
  const sources = globSync("**/*.{ts,tsx,mts,js,jsx,mjs}", {
    cwd: join(root, folder),
    exclude: (name) => leftOut.has(basename(name)),
  });
  return {
    folder: slashed(folder),
    manifest: readManifest(join(root, folder, "package.json")),
    hasReadme: existsSync(join(root, folder, "README.md")),
    sources: sources
      .toSorted()
      // A package that lies in another one has its sources to itself.
      .filter((file) => !inside.some((other) => join(folder, file).startsWith(`${other}${sep}`)))
      .map((file) => readSource(root, folder, file)),
  };
}

function readSource(root: string, folder: string, file: string): SourceFile {
  const absolute = join(root, folder, file);
  const inside = slashed(file);
  const isForTests = slashed(folder).startsWith("tests/");
  return {
    path: slashed(relative(root, absolute)),
    production: /^(?:src|bin)\//.test(inside) && !/\.test\.[^/]+$/.test(inside) && !isForTests,
    imports: scanImports(absolute, readFileSync(absolute, "utf8")),
  };
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
