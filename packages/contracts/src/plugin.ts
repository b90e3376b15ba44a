import type { ProgressSink } from "./progress.ts";
import type { StorageBackend } from "./storage.ts";

/** The version of these contracts that a plugin names in package.json under `coldstow.contractVersion`. */
export const contractVersion = 1;

/** One setting of a backend, as it stands in the ini file and in `coldstow init`'s template. */
export interface SettingSpec {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string;
  /** A secret may also be given as `NAME_file`, `NAME_command` or `NAME_env`; it is never stored in a catalogue. */
  readonly secret?: boolean;
  /** The part of a URL such as `sftp://user@host:22/path` that gives it, where a destination is named by one.
   * A path keeps its leading slash; behind a host `/~/x` becomes `x`, which starts at the login folder. */
  readonly inUrl?: "user" | "host" | "port" | "path";
}

/** Settings of one destination: secrets are resolved already. */
export type BackendSettings = Readonly<Record<string, string>>;

export interface BackendContext {
  readonly progress: ProgressSink;
  /** Where a backend may keep small files of its own between runs, such as pinned host keys. */
  readonly stateDirectory: string;
  readonly signal?: AbortSignal;
}

/** What the module that package.json names under `coldstow.backends.SCHEME.module` exports as `plugin`. */
export interface BackendPlugin {
  readonly scheme: string;
  readonly title: string;
  readonly settings: readonly SettingSpec[];
  /**
   * Checks the settings and makes the backend; it may connect, and must not create or change data.
   * @throws {E_CONFIG} naming the setting that is missing or wrong
   */
  open(settings: BackendSettings, context: BackendContext): Promise<StorageBackend>;
  /** One line that names the destination to a person, without a secret. */
  describe(settings: BackendSettings): string;
}
