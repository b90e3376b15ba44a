import type { DestinationSettings } from "@coldstow/archiver/settings";
import {
  type BackendContext,
  type BackendPlugin,
  type BackendSettings,
  ColdstowError,
  type StorageBackend,
  withRetry,
} from "@coldstow/contracts";
import type { PluginSource } from "./declared-backends.ts";
import { destinationOfUrl, isDestinationUrl, schemeOfUrl } from "./destination-url.ts";
import { backendSpecs, loadBackend } from "./load-backend.ts";

/** A destination that a person named by a URL, or as one of an ini file's. */
export interface NamedDestination {
  /** As the catalogue keeps it, without a secret. */
  readonly destination: DestinationSettings;
  readonly plugin: BackendPlugin;
  /** With secrets. */
  readonly settings: BackendSettings;
  /** For people. */
  readonly title: string;
}

export interface NamingOptions {
  /** Which of an ini's destinations. */
  readonly destination: string | undefined;
  readonly signal: AbortSignal;
  /** Asks for a required secret that is given nowhere. */
  readonly secret: (destination: string, setting: string) => Promise<string>;
}

/** Whether a word names a destination, and not a folder of this machine or a pack in one. */
export function namesDestination(text: string, destination: string | undefined): boolean {
  return destination !== undefined || isDestinationUrl(text) || /\.ini$/i.test(text);
}

/**
 * Finds the destination that is named, with its secrets. Nothing is connected to.
 * @throws {E_USAGE | E_CONFIG | E_NOT_FOUND | E_PLUGIN_MISSING | E_PLUGIN_VERSION | E_INPUT_NEEDED}
 */
export async function namedDestination(
  source: PluginSource,
  text: string,
  options: NamingOptions,
): Promise<NamedDestination> {
  const { resolveDestination } = await import("@coldstow/archiver/settings");
  const { destination, plugin } = isDestinationUrl(text)
    ? await fromUrl(source, text, options)
    : await fromIni(source, text, options);
  const settings: Record<string, string> = {
    ...(await resolveDestination(destination, undefined, options.signal)),
  };
  for (const { name, secret, required } of plugin.settings) {
    if (secret !== true || required !== true || Object.hasOwn(settings, name)) continue;
    settings[name] = await options.secret(destination.name, name);
  }
  return { destination, plugin, settings, title: plugin.describe(settings) };
}

async function fromUrl(
  source: PluginSource,
  text: string,
  { destination }: NamingOptions,
): Promise<Pick<NamedDestination, "destination" | "plugin">> {
  if (destination !== undefined) {
    throw new ColdstowError("E_USAGE", "--destination chooses one of an ini's, not with a URL", {
      subject: "--destination",
      hint: "Leave --destination out, or name the ini file.",
    });
  }
  const plugin = await loadBackend(source, schemeOfUrl(text));
  return { destination: destinationOfUrl(text, plugin.settings), plugin };
}

async function fromIni(
  source: PluginSource,
  path: string,
  { destination: wanted, secret }: NamingOptions,
): Promise<Pick<NamedDestination, "destination" | "plugin">> {
  const { readIni } = await import("@coldstow/archiver");
  const { settings } = await readIni(path, {
    specs: (schemes) => backendSpecs(source, schemes),
    open: (scheme) =>
      Promise.reject(new ColdstowError("E_INTERNAL", `${scheme} is not opened yet`)),
    secret,
  });
  const names = settings.destinations.map(({ name }) => name);
  const [only, ...others] =
    wanted === undefined
      ? settings.destinations
      : settings.destinations.filter(({ name }) => name === wanted);
  if (only === undefined || others.length > 0) {
    const what = wanted === undefined ? "has several destinations" : `has no destination ${wanted}`;
    throw new ColdstowError("E_USAGE", `${path} ${what}; it has: ${names.join(", ")}`, {
      subject: path,
      hint: "Choose one with --destination NAME.",
    });
  }
  return { destination: only, plugin: await loadBackend(source, only.scheme) };
}

/**
 * Opens it; what fails for a moment is tried again, and the person told.
 * @throws what the plugin throws
 */
export async function openNamed(
  { plugin, settings, title }: NamedDestination,
  context: BackendContext,
): Promise<StorageBackend> {
  return retryingNamed(await plugin.open(settings, context), title, context);
}

/** As {@link openNamed} hands it out: the backend with another attempt at what fails for a moment. */
export function retryingNamed(
  backend: StorageBackend,
  title: string,
  { progress, signal }: Pick<BackendContext, "progress" | "signal">,
): StorageBackend {
  if (backend.staged !== undefined) return backend;
  return withRetry(backend, {
    ...(signal && { signal }),
    onRetry: ({ error, delayMs }) => {
      const reason = error instanceof Error ? error.message : String(error);
      const until = new Date(Date.now() + delayMs).toISOString();
      progress({ type: "wait", reason: `${title}: ${reason}`, until });
    },
  });
}
