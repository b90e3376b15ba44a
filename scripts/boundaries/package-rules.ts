/** What the production code of one package may reach. */
export interface PackageRule {
  /** Packages of this repository; `*` for all. */
  readonly workspace: readonly string[];
  /** Where it is given, the only subpaths of those packages that may be imported. */
  readonly subpaths?: readonly string[];
  /** Whether it may import `node:…`. */
  readonly builtins: boolean;
  /** Whether it may import packages of others, apart from those that only some may. */
  readonly external: boolean;
  /** Entry points, from the package's folder, that must run in a browser whatever `builtins` says. */
  readonly browserEntries?: readonly string[];
}

const contracts = "@coldstow/contracts";
const catalogue = "@coldstow/catalogue";
const backend: PackageRule = { workspace: [contracts], builtins: true, external: true };

/** Who may import whom. ARCHITECTURE.md shows the same table with the reasons. */
const rules: Readonly<Record<string, PackageRule>> = {
  [contracts]: { workspace: [], builtins: false, external: false },
  "@coldstow/crypto": { workspace: [contracts], builtins: true, external: true },
  [catalogue]: {
    workspace: [contracts],
    builtins: true,
    external: true,
    browserEntries: ["src/index.ts", "src/sqljs.ts"],
  },
  "@coldstow/archiver": {
    workspace: [contracts, catalogue, "@coldstow/crypto"],
    builtins: true,
    external: true,
  },
  "@coldstow/backend-testkit": { workspace: [contracts], builtins: true, external: true },
  "@coldstow/local-backend": backend,
  "@coldstow/sftp-backend": backend,
  "@coldstow/ovh-backend": { ...backend, workspace: [contracts, "@coldstow/sftp-backend"] },
  "@coldstow/s3-backend": backend,
  // What a third party writes has the contracts and nothing else of ours.
  "@coldstow-example/webdav-backend": backend,
  "@coldstow/disc-planner": { workspace: [contracts], builtins: true, external: true },
  "@coldstow/iso-udf-writer": { workspace: [contracts], builtins: true, external: true },
  "@coldstow/viewer": {
    workspace: [contracts, catalogue],
    subpaths: [`${catalogue}/sqljs`],
    builtins: false,
    external: true,
  },
  coldstow: { workspace: ["*"], builtins: true, external: true },
};

/** The rule of a package; undefined for one that the table does not know. */
export function ruleOf(packageName: string): PackageRule | undefined {
  return rules[packageName];
}

/** Whether a package may import this package of the repository, or this subpath of it. */
export function mayImport(rule: PackageRule, packageName: string, full = packageName): boolean {
  const named = rule.workspace.includes("*") || rule.workspace.includes(packageName);
  const { subpaths } = rule;
  return named && (full === packageName || subpaths === undefined || subpaths.includes(full));
}

/** Only the command line may stand on its framework. */
export function isForTheCommandLineOnly(packageName: string): boolean {
  return packageName.startsWith("@oclif/");
}
