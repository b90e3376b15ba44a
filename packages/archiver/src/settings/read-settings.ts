import { basename, resolve } from "node:path";
import type { ArchiveSettings, Compression, SettingsWarning } from "./archive-settings.ts";
import { configError } from "./config-error.ts";
import {
  destinationNames,
  leadsToSecret,
  readDestination,
  schemeOfName,
} from "./destination-settings.ts";
import { findEntry, findSection, type IniDocument } from "./ini-document.ts";
import { settingPath } from "./ini-paths.ts";
import {
  type BackendSpecs,
  defaultPackSizeMiB,
  defaultSpoolSizeMiB,
  maxSpoolSizeMiB,
  mebibyte,
  specsOfSection,
} from "./known-settings.ts";
import { parseIni } from "./parse-ini.ts";
import { pythonRegex } from "./python-regex.ts";
import { type SecretSource, secretSource, splitSecretKey } from "./secret-source.ts";
import {
  type PlacedEntry,
  readCount,
  readLines,
  readMebibytes,
  readPackSize,
  readWord,
  readYesNo,
  unquote,
} from "./setting-values.ts";
import { unknownSettings } from "./unknown-settings.ts";

export interface ReadSettingsOptions {
  /** The file's name, for messages; default `ini`. */
  readonly source?: string;
  /** What relative paths in the ini are relative to; without it they stay as written. */
  readonly baseDirectory?: string;
  /** The settings of the installed backends, by scheme; a scheme that is not there is not checked. */
  readonly backends?: BackendSpecs;
}

export interface ReadSettings {
  readonly settings: ArchiveSettings;
  readonly warnings: readonly SettingsWarning[];
}

function entryOf(document: IniDocument, section: string, key: string): PlacedEntry | undefined {
  const entry = findEntry(document, section, key);
  // An empty value is what an untouched template leaves: it counts as not given.
  if (entry === undefined || entry.value === "") return undefined;
  return { ...entry, source: document.source };
}

function readDirectories(document: IniDocument, base: string | undefined): string[] {
  const entry = entryOf(document, "Archive", "directory");
  const directories = entry === undefined ? [] : readLines(entry);
  if (directories.length === 0) {
    const line =
      findEntry(document, "Archive", "directory")?.line ?? findSection(document, "Archive")?.line;
    throw configError(
      { source: document.source, line },
      "[Archive] directory is missing; it names the directory to put away",
    );
  }
  return directories.map((directory) => settingPath(directory, base));
}

function readName(document: IniDocument, directories: readonly string[]): string {
  const entry = entryOf(document, "Archive", "name");
  const name = entry === undefined ? basename(resolve(directories[0] ?? "")) : unquote(entry.value);
  const line = entry?.line ?? findEntry(document, "Archive", "directory")?.line;
  if (!/^[^/\\\p{Cc}]+$/u.test(name) || /^\.{1,2}$/.test(name)) {
    throw configError(
      { source: document.source, line },
      entry === undefined
        ? "[Archive] name is missing, and the directory gives none"
        : `[Archive] name is ${JSON.stringify(name)}; allowed: a file name, without / and \\`,
    );
  }
  return name;
}

function readExclude(document: IniDocument): RegExp[] {
  const entry = entryOf(document, "Archive", "exclude");
  if (entry === undefined) return [];
  return readLines(entry).map((line) => {
    try {
      return pythonRegex(line);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw configError(
        { source: document.source, line: entry.line },
        `[Archive] exclude is ${JSON.stringify(line)}, which cannot be used: ${reason}; allowed: a regular expression`,
      );
    }
  });
}

function readPassword(document: IniDocument, base: string | undefined): SecretSource | undefined {
  const specs = specsOfSection("Tar", {});
  const given = (findSection(document, "Tar")?.entries ?? []).filter(
    (entry) =>
      entry.value !== "" &&
      splitSecretKey(entry.key).base === "password" &&
      leadsToSecret(entry.key, specs),
  );
  const [first, second] = given;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    throw configError(
      { source: document.source, line: second.line },
      `[Tar] password is given in two ways, ${first.key} and ${second.key}; keep one of them`,
    );
  }
  const source = secretSource(first.key, first.value);
  return source.kind === "file" ? { kind: "file", path: settingPath(source.path, base) } : source;
}

function read<T>(
  entry: PlacedEntry | undefined,
  reader: (entry: PlacedEntry) => T,
  otherwise: T,
): T {
  return entry === undefined ? otherwise : reader(entry);
}

function readSpool(entry: PlacedEntry | undefined, base: string | undefined): string | undefined {
  return entry === undefined ? undefined : settingPath(unquote(entry.value), base);
}

const compressions: readonly Compression[] = ["auto", "none", "zstd"];

/**
 * Reads the settings of an archive from the text of its ini, ours or pyArchiver's.
 *
 * Unknown sections and keys are warnings, everything else that is wrong an error.
 * @throws {E_CONFIG} naming file and line, what is wrong and what is allowed
 */
export function readSettings(text: string, options: ReadSettingsOptions = {}): ReadSettings {
  const document = parseIni(text, options);
  const base = options.baseDirectory;
  const backends = options.backends ?? {};
  const at = (section: string, key: string): PlacedEntry | undefined =>
    entryOf(document, section, key);
  const plain = (section: string, key: string): string | undefined => {
    const entry = at(section, key);
    return entry === undefined ? undefined : unquote(entry.value);
  };
  const directories = readDirectories(document, base);
  const names = destinationNames(document);
  const settings: ArchiveSettings = {
    id: plain("Id", "id_ini"),
    directories,
    name: readName(document, directories),
    exclude: readExclude(document),
    excludeGlobs: read(at("Archive", "exclude_glob"), readLines, []),
    ignoreFile: plain("Archive", "ignore_file"),
    thumbnails: read(at("Archive", "thumbnails"), readYesNo, false),
    packSizeBytes: read(at("Tar", "size_tar"), readPackSize, defaultPackSizeMiB * mebibyte),
    ciphered: read(at("Tar", "ciphered"), readYesNo, true),
    compress: read(at("Tar", "compress"), (entry) => readWord(entry, compressions), "auto"),
    password: readPassword(document, base),
    destinations: names.map((name) => readDestination(document, name, backends, base)),
    copies: read(
      at("Repository", "copies"),
      (entry) => readCount(entry, 1, names.length),
      names.length,
    ),
    kinds: read(
      at("Repository", "kinds"),
      (entry) => readCount(entry, 1, new Set(names.map(schemeOfName)).size),
      1,
    ),
    spool: readSpool(at("Repository", "spool"), base),
    spoolSizeBytes: read(
      at("Repository", "spool_size"),
      (entry) => readMebibytes(entry, 0, maxSpoolSizeMiB),
      defaultSpoolSizeMiB * mebibyte,
    ),
    readBack:
      read(at("Repository", "read_back"), (entry) => readWord(entry, ["auto", "no"]), "auto") ===
      "auto",
    disc: {
      size: plain("Disc", "size"),
      parity: plain("Disc", "parity"),
      label: plain("Disc", "label"),
    },
  };
  return { settings, warnings: unknownSettings(document, names, backends) };
}
