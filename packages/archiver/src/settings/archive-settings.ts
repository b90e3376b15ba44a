import type { SecretSource } from "./secret-source.ts";

export type Compression = "auto" | "none" | "zstd";

/** One place where packs go, as the ini describes it. */
export interface DestinationSettings {
  /** As `[Repository] type` names it: `local`, `sftp:nas`. */
  readonly name: string;
  readonly scheme: string;
  /** The ini section: `Local`, `Sftp nas`. */
  readonly section: string;
  /** What the section says, without secrets. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where its secrets come from, by setting. */
  readonly secrets: Readonly<Record<string, SecretSource>>;
}

/** What an ini file says, checked. */
export interface ArchiveSettings {
  /** `[Id] id_ini`. */
  readonly id: string | undefined;
  /** At least one. Absolute where `baseDirectory` was given. */
  readonly directories: readonly string[];
  readonly name: string;
  /** Searched in relative paths; see `excludeFilter`. */
  readonly exclude: readonly RegExp[];
  /** Patterns as in .gitignore. */
  readonly excludeGlobs: readonly string[];
  /** A file of such patterns, as written. */
  readonly ignoreFile: string | undefined;
  readonly thumbnails: boolean;
  readonly packSizeBytes: number;
  readonly ciphered: boolean;
  readonly compress: Compression;
  /** Where the passphrase comes from; undefined: it is asked for. */
  readonly password: SecretSource | undefined;
  /** At least one, each with a name of its own. */
  readonly destinations: readonly DestinationSettings[];
  /** On how many destinations a pack must lie. */
  readonly copies: number;
  /** The folder for packs on their way; undefined: beside the archive. */
  readonly spool: string | undefined;
  /** How much of them may lie there at once; two packs may in any case. */
  readonly spoolSizeBytes: number;
  /** Read a copy back where its store tells no digest of it and reading is free. */
  readonly readBack: boolean;
  /** On how many kinds of storage, such as local and s3, a pack must lie. */
  readonly kinds: number;
  readonly disc: {
    readonly size: string | undefined;
    readonly parity: string | undefined;
    readonly label: string | undefined;
  };
}

/** Something in an ini that has no effect, with the name that was probably meant. */
export interface SettingsWarning {
  readonly message: string;
  readonly source: string;
  readonly line: number;
  readonly nearest: string | undefined;
}
