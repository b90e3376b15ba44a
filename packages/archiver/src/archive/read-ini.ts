import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import { withAbsolutePaths } from "../settings/absolute-paths.ts";
import type { ArchiveSettings, SettingsWarning } from "../settings/archive-settings.ts";
import { schemeOfSection } from "../settings/known-settings.ts";
import { parseIni } from "../settings/parse-ini.ts";
import { readSettings } from "../settings/read-settings.ts";
import { withoutSecrets } from "../settings/without-secrets.ts";
import type { BackendAccess } from "./backend-access.ts";

/** An ini file, ready to make an archive of. */
export interface ReadIni {
  /** With its secrets. */
  readonly settings: ArchiveSettings;
  /** As the archive keeps it: paths absolute, secrets gone. */
  readonly configText: string;
  readonly warnings: readonly SettingsWarning[];
}

/**
 * Reads the ini file of a new archive. Paths in it are relative to where it lies.
 * @throws {E_NOT_FOUND | E_PERMISSION | E_CONFIG}
 */
export async function readIni(path: string, backends: BackendAccess): Promise<ReadIni> {
  const base = dirname(resolve(path));
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw fromSystemError(error, "Reading the ini", path);
  }
  const source = path;
  const schemes = parseIni(text, { source }).sections.map(({ name }) => schemeOfSection(name));
  const specs = await backends.specs(schemes);
  const { settings, warnings } = readSettings(text, {
    source,
    baseDirectory: base,
    backends: specs,
  });
  requireOneDirectory(settings);
  const bare = withoutSecrets(text, { source, backends: specs });
  return { settings, warnings, configText: withAbsolutePaths(bare, base, { source }) };
}

/**
 * The directory that is archived. Formats cannot tell several apart yet.
 * @throws {E_CONFIG} if the settings name more than one
 */
export function requireOneDirectory(settings: ArchiveSettings): string {
  const [directory, ...others] = settings.directories;
  if (directory !== undefined && others.length === 0) return resolve(directory);
  throw new ColdstowError(
    "E_CONFIG",
    `[Archive] directory names ${others.length + 1} directories; an archive has exactly one.`,
    { subject: "directory", hint: "Make an archive for each, or name their common parent." },
  );
}
