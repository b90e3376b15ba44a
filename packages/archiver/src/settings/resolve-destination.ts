import type { BackendSettings } from "@coldstow/contracts";
import type { DestinationSettings } from "./archive-settings.ts";
import { resolveSecret, type SecretPorts, systemSecrets } from "./resolve-secret.ts";

/**
 * The settings that a backend is opened with: those of the ini, its secrets fetched.
 * @throws {E_CONFIG | E_NOT_FOUND | E_PERMISSION} as `resolveSecret` does
 */
export async function resolveDestination(
  destination: DestinationSettings,
  ports: SecretPorts = systemSecrets,
  signal?: AbortSignal,
): Promise<BackendSettings> {
  const settings: Record<string, string> = { ...destination.settings };
  for (const [key, source] of Object.entries(destination.secrets)) {
    settings[key] = await resolveSecret(source, `[${destination.section}] ${key}`, ports, signal);
  }
  return settings;
}
