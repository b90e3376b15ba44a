import type { BackendAccess } from "@coldstow/archiver";
import type { BackendContext } from "@coldstow/contracts";
import type { PluginSource } from "./declared-backends.ts";
import { backendSpecs, loadBackend } from "./load-backend.ts";

/**
 * What the engine reaches backends through; each is loaded when first used.
 * @param secret asks for a secret that is kept nowhere
 */
export function backendAccess(
  source: PluginSource,
  context: BackendContext,
  secret: BackendAccess["secret"],
): BackendAccess {
  return {
    specs: (schemes) => backendSpecs(source, schemes),
    async open(scheme, settings) {
      const plugin = await loadBackend(source, scheme);
      const backend = await plugin.open(settings, context);
      return { backend, title: plugin.describe(settings) };
    },
    secret,
  };
}
