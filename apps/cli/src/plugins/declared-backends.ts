import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What a plugin's package.json says of one backend. */
export interface BackendDeclaration {
  readonly scheme: string;
  readonly title: string;
  /** The package that declares it. */
  readonly packageName: string;
  readonly contractVersion: number;
  /** Loads the module that has it. */
  readonly load: () => Promise<{ readonly plugin?: unknown }>;
}

/** As much of `oclif`'s configuration as is read here. */
export interface PluginSource {
  readonly plugins: ReadonlyMap<
    string,
    {
      readonly name: string;
      readonly root: string;
      /** `core` for one that comes with coldstow, `user` or `link` for one that a person added. */
      readonly type?: string;
      readonly pjson: Readonly<Record<string, unknown>>;
    }
  >;
}

const bundled: BackendDeclaration = {
  scheme: "local",
  title: "a folder on a disk, a NAS mount or a USB stick",
  packageName: "@coldstow/local-backend",
  contractVersion: 1,
  load: () => import("@coldstow/local-backend/plugin"),
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function declarationsOf(
  packageName: string,
  root: string,
  pjson: Readonly<Record<string, unknown>>,
): BackendDeclaration[] {
  const { coldstow } = pjson;
  if (!isRecord(coldstow) || !isRecord(coldstow["backends"])) return [];
  const contractVersion = Number(coldstow["contractVersion"]);
  return Object.entries(coldstow["backends"]).flatMap(([scheme, backend]) => {
    if (!isRecord(backend) || typeof backend["module"] !== "string") return [];
    const title = typeof backend["title"] === "string" ? backend["title"] : scheme;
    const module = pathToFileURL(join(root, backend["module"])).href;
    const load = (): Promise<{ readonly plugin?: unknown }> => import(module);
    return [{ scheme, title, packageName, contractVersion, load }];
  });
}

/**
 * Every backend that is installed, without loading one. What comes with coldstow goes first, though
 * oclif lists what a person added before it; then the first plugin for a scheme has it.
 */
export function declaredBackends(source: PluginSource): ReadonlyMap<string, BackendDeclaration> {
  const found = new Map([[bundled.scheme, bundled]]);
  const plugins = [...source.plugins.values()];
  const isBundled = (plugin: (typeof plugins)[number]): boolean => plugin.type === "core";
  // oclif reads them side by side, and lists first what was read first.
  const own = plugins.filter(isBundled).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const inOrder = [...own, ...plugins.filter((one) => !isBundled(one))];
  for (const plugin of inOrder) {
    for (const declaration of declarationsOf(plugin.name, plugin.root, plugin.pjson)) {
      if (!found.has(declaration.scheme)) found.set(declaration.scheme, declaration);
    }
  }
  return found;
}
