import { isColdstowError } from "@coldstow/contracts";
import { destinationNames, readDestination } from "../settings/destination-settings.ts";
import {
  findEntry,
  parseIni,
  withoutSecrets,
  type DestinationSettings,
  type IniDocument,
} from "../settings/index.ts";
import { unquote } from "../settings/setting-values.ts";
import { isWindowsRoot, pathNames } from "./archived-path.ts";
import { pyFormatError } from "./py-format-error.ts";
import type { PyArchive } from "./read-py-archive.ts";
import { archiveNameIn } from "./tar-name.ts";

/** What a catalogue keeps of a pyArchiver file's settings. No secret is in it. */
export interface PySettings {
  readonly name: string;
  /** The archived directory. */
  readonly source: string;
  readonly configText: string;
  readonly destinations: readonly DestinationSettings[];
  /** Sentences for a person. */
  readonly warnings: readonly string[];
}

/**
 * The settings of an archive from its ini or, where there is none or one that cannot be read, from its
 * sender and the names of its tars.
 * @param fallbackName the archive's name where nothing else gives one
 * @throws {E_FORMAT} if neither ini nor state names the archived directory
 */
export function pySettings(py: PyArchive, fallbackName: string): PySettings {
  if (py.iniText !== undefined) {
    try {
      return fromIni(py, py.iniText, fallbackName);
    } catch (error) {
      if (!isColdstowError(error) || error.code !== "E_CONFIG") throw error;
      const warning = `Its ini cannot be read (${error.message}); a new one was made from what else is known. The old text is in the file that was kept.`;
      return made(py, fallbackName, [warning]);
    }
  }
  return made(py, fallbackName, []);
}

function fromIni(py: PyArchive, text: string, fallbackName: string): PySettings {
  const ini = parseIni(text);
  const given = (key: string): string | undefined => {
    const value = unquote(findEntry(ini, "Archive", key)?.value ?? "");
    return value === "" ? undefined : value;
  };
  const directory = given("directory");
  if (directory === undefined) return made(py, fallbackName, ["Its ini names no directory."]);
  const source = py.root ?? directory;
  return {
    name: given("name") ?? nameFrom(py, source, fallbackName),
    source,
    configText: withoutSecrets(text),
    destinations: destinationsOf(ini),
    warnings: [],
  };
}

function destinationsOf(ini: IniDocument): DestinationSettings[] {
  return destinationNames(ini).map((name) => readDestination(ini, name, {}, undefined));
}

function made(py: PyArchive, fallbackName: string, warnings: readonly string[]): PySettings {
  const source = py.root;
  if (source === undefined) throw pyFormatError("nothing in it names the archived directory");
  const name = nameFrom(py, source, fallbackName);
  const sender = py.sender ?? { type: "local" as const, dir: py.remoteDirectory ?? "" };
  const { type, ...settings } = sender;
  const configText = [
    "[Archive]",
    line("directory", source),
    line("name", name),
    "[Tar]",
    line("ciphered", py.cipher.kind === "aes" ? "yes" : "no"),
    "[Repository]",
    line("type", type),
    type === "local" ? "[Local]" : "[Sftp]",
    ...Object.entries(settings).map(([key, value]) => line(key, value)),
    "",
  ].join("\n");
  return { name, source, configText, destinations: destinationsOf(parseIni(configText)), warnings };
}

function line(key: string, value: string): string {
  if (/\p{Cc}/u.test(value)) throw pyFormatError(`its ${key} has a control character`);
  return `${key} = ${value.replaceAll("%", "%%")}`;
}

function nameFrom(py: PyArchive, source: string, fallbackName: string): string {
  const newest = py.tars.at(-1);
  const fromTar = newest === undefined ? undefined : archiveNameIn(newest);
  return fromTar ?? pathNames(source, isWindowsRoot(source)).at(-1) ?? fallbackName;
}
