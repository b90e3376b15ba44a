import type { BackendSettings, StorageBackend } from "@coldstow/contracts";
import type { BackendSpecs } from "../settings/known-settings.ts";

/** A backend as its plugin opened it. */
export interface OpenedBackend {
  readonly backend: StorageBackend;
  /** Names the destination to a person; no secret in it. */
  readonly title: string;
}

/** How the engine reaches backends, which it never imports itself. */
export interface BackendAccess {
  /** The settings that the backends of these schemes declare; one that is not installed is left out. */
  specs(schemes: Iterable<string>): Promise<BackendSpecs>;
  /** @throws {E_PLUGIN_MISSING | E_PLUGIN_VERSION | E_CONFIG …} */
  open(scheme: string, settings: BackendSettings): Promise<OpenedBackend>;
  /**
   * Asks for a secret that the ini had in clear when the archive was made, and that is kept nowhere.
   * @throws {E_INPUT_NEEDED} where nobody can be asked
   */
  secret(destination: string, setting: string): Promise<string>;
}
