import {
  type BackendPlugin,
  ColdstowError,
  contractVersion,
  type SettingSpec,
} from "@coldstow/contracts";
import {
  type BackendDeclaration,
  declaredBackends,
  type PluginSource,
} from "./declared-backends.ts";

const shipped = new Set(["sftp", "ovh", "s3"]);

function missing(scheme: string, known: Iterable<string>): ColdstowError {
  const name = shipped.has(scheme) ? `@coldstow/${scheme}-backend` : "NAME";
  return new ColdstowError(
    "E_PLUGIN_MISSING",
    `no backend for ${JSON.stringify(scheme)} is installed; installed are: ${[...known].toSorted().join(", ")}`,
    {
      subject: scheme,
      hint: shipped.has(scheme)
        ? `Install it: coldstow plugins install ${name}`
        : `Install the package that has it: coldstow plugins install ${name}`,
    },
  );
}

function checkVersion(declaration: BackendDeclaration): void {
  if (declaration.contractVersion === contractVersion) return;
  throw new ColdstowError(
    "E_PLUGIN_VERSION",
    `${declaration.packageName} was made for version ${declaration.contractVersion} of the contract; this coldstow has version ${contractVersion}`,
    {
      subject: declaration.packageName,
      hint: `Install a version that fits: coldstow plugins install ${declaration.packageName}`,
    },
  );
}

function isBackendPlugin(value: unknown): value is BackendPlugin {
  const plugin = value as Partial<BackendPlugin> | null | undefined;
  return (
    typeof plugin?.scheme === "string" &&
    typeof plugin.open === "function" &&
    typeof plugin.describe === "function" &&
    Array.isArray(plugin.settings)
  );
}

/**
 * Loads the backend of a scheme, and no other.
 * @throws {E_PLUGIN_MISSING} naming the command that installs it
 * @throws {E_PLUGIN_VERSION} if it was made for another version of the contract, or is no backend
 */
export async function loadBackend(source: PluginSource, scheme: string): Promise<BackendPlugin> {
  const declared = declaredBackends(source);
  const declaration = declared.get(scheme);
  if (declaration === undefined) throw missing(scheme, declared.keys());
  checkVersion(declaration);
  let loaded: { readonly plugin?: unknown };
  try {
    loaded = await declaration.load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ColdstowError(
      "E_PLUGIN_MISSING",
      `${declaration.packageName} is installed but cannot be loaded: ${reason}`,
      {
        subject: declaration.packageName,
        hint: `Install it again: coldstow plugins install ${declaration.packageName}`,
        cause: error,
      },
    );
  }
  if (!isBackendPlugin(loaded.plugin) || loaded.plugin.scheme !== scheme) {
    throw new ColdstowError(
      "E_PLUGIN_VERSION",
      `${declaration.packageName} does not give the backend ${scheme} that its package.json promises`,
      { subject: declaration.packageName },
    );
  }
  return loaded.plugin;
}

/** The settings that installed backends of these schemes declare; a scheme that cannot be loaded is left out. */
export async function backendSpecs(
  source: PluginSource,
  schemes: Iterable<string>,
): Promise<Record<string, readonly SettingSpec[]>> {
  const declared = declaredBackends(source);
  const specs: Record<string, readonly SettingSpec[]> = {};
  for (const scheme of new Set(schemes)) {
    if (!declared.has(scheme)) continue;
    try {
      specs[scheme] = (await loadBackend(source, scheme)).settings;
    } catch {
      // Settings can be read and changed without it; using the destination tells what is wrong.
      continue;
    }
  }
  return specs;
}
