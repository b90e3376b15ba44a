import type { SettingSpec } from "@coldstow/contracts";
import type { DestinationSettings } from "./archive-settings.ts";
import { configError } from "./config-error.ts";
import { findEntry, findSection, type IniDocument, type IniEntry } from "./ini-document.ts";
import { settingPath } from "./ini-paths.ts";
import { type BackendSpecs, destinationSection, knownSections } from "./known-settings.ts";
import { didYouMean } from "./nearest-name.ts";
import { isSecretKey, type SecretSource, secretSource, splitSecretKey } from "./secret-source.ts";
import { unquote } from "./setting-values.ts";

const destinationName = /^[a-z][a-z0-9-]*(?::[^\s:,\]][^:,\]]*)?$/;

/** Reads `[Repository] type`: `local, sftp:nas`. The scheme's case does not count. */
export function destinationNames(document: IniDocument): readonly string[] {
  const entry = findEntry(document, "Repository", "type");
  if (entry === undefined) {
    const line = findSection(document, "Repository")?.line;
    throw configError(
      { source: document.source, line },
      "[Repository] type is missing; it names the destinations, such as local or sftp:nas",
    );
  }
  const place = { source: document.source, line: entry.line };
  const names = entry.value
    .split(/[,\n]/)
    .map((part) => unquote(part.trim()))
    .filter((part) => part !== "")
    .map((part) => part.replace(/^[^:]*/, (scheme) => scheme.toLowerCase().trim()))
    .map((part) => part.replace(/:\s+/, ":"));
  if (names.length === 0) {
    throw configError(place, "[Repository] type is empty; it names at least one destination");
  }
  for (const [index, name] of names.entries()) {
    if (!destinationName.test(name)) {
      throw configError(
        place,
        `[Repository] type has ${JSON.stringify(name)}; allowed: a scheme such as local, or scheme:name`,
      );
    }
    if (names.indexOf(name) !== index) {
      throw configError(place, `[Repository] type names ${name} twice; name each destination once`);
    }
  }
  return names;
}

/** The kind of storage of a destination: `sftp` of `sftp:nas`. */
export function schemeOfName(name: string): string {
  return name.split(":")[0] ?? name;
}

function addSecret(
  document: IniDocument,
  entry: IniEntry,
  secrets: Record<string, SecretSource>,
  baseDirectory: string | undefined,
): void {
  const { base } = splitSecretKey(entry.key);
  if (Object.hasOwn(secrets, base)) {
    throw configError(
      { source: document.source, line: entry.line },
      `[${entry.section}] ${base} is given in two ways; keep one of ${base}, ${base}_file, ${base}_command, ${base}_env`,
    );
  }
  const source = secretSource(entry.key, entry.value);
  secrets[base] =
    source.kind === "file"
      ? { kind: "file", path: settingPath(source.path, baseDirectory) }
      : source;
}

/** True for `password`, `password_file` … where `password` is a secret, and not for a setting of that very name. */
export function leadsToSecret(key: string, specs: readonly SettingSpec[] | undefined): boolean {
  const plain = specs?.find((spec) => spec.name === key);
  if (plain !== undefined) return plain.secret === true;
  return isSecretKey(splitSecretKey(key).base, specs);
}

// Paths by meaning, since a spec does not tell: relative ones would change with the working directory.
function isPathKey(scheme: string, key: string): boolean {
  return (scheme === "local" && key === "dir") || key === "key_file" || key === "known_hosts";
}

/**
 * Reads the section of one destination. Its keys are the backend's own affair; secrets are kept apart.
 * @throws {E_CONFIG} if the section is missing or gives a secret in two ways
 */
export function readDestination(
  document: IniDocument,
  name: string,
  backends: BackendSpecs,
  baseDirectory: string | undefined,
): DestinationSettings {
  const scheme = schemeOfName(name);
  const section = destinationSection(name);
  const specs = Object.hasOwn(backends, scheme) ? backends[scheme] : undefined;
  const found = findSection(document, section);
  if (found === undefined) {
    const line = findEntry(document, "Repository", "type")?.line;
    const own = new Set(knownSections.map((known) => known.section));
    const others = document.sections.map((other) => other.name).filter((other) => !own.has(other));
    throw configError(
      { source: document.source, line },
      `[Repository] type names ${name}, but there is no section [${section}]${didYouMean(section, others)}`,
    );
  }
  const settings: Record<string, string> = {};
  const secrets: Record<string, SecretSource> = {};
  for (const entry of found.entries) {
    if (leadsToSecret(entry.key, specs)) {
      if (entry.value !== "") addSecret(document, entry, secrets, baseDirectory);
    } else {
      settings[entry.key] = isPathKey(scheme, entry.key)
        ? settingPath(entry.value, baseDirectory)
        : unquote(entry.value);
    }
  }
  return { name, scheme, section, settings, secrets };
}
