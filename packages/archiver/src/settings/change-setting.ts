import { ColdstowError } from "@coldstow/contracts";
import { findEntry, findSection, type IniDocument } from "./ini-document.ts";
import { destinationNames } from "./destination-settings.ts";
import {
  type BackendSpecs,
  destinationSection,
  knownSections,
  shippedSchemes,
} from "./known-settings.ts";
import { didYouMean } from "./nearest-name.ts";
import { isCommentLine, parseIni } from "./parse-ini.ts";
import { keysOfSection } from "./unknown-settings.ts";

export interface ChangeSettingOptions {
  /** The file's name, for messages; default `ini`. */
  readonly source?: string;
  readonly backends?: BackendSpecs;
}

export interface SettingName {
  readonly section: string;
  readonly key: string;
}

function sectionTitles(document: IniDocument, name: string, backends: BackendSpecs): string[] {
  return [
    ...new Set([
      ...document.sections.map((section) => section.name),
      ...knownSections.map((known) => known.section),
      ...Object.keys(backends).map(destinationSection),
      ...namesInUse(document).map(destinationSection),
      ...newDestination(name, backends).map(destinationSection),
    ]),
  ];
}

/** The destinations that `[Repository] type` names, some of which may have no section yet. */
function namesInUse(document: IniDocument): readonly string[] {
  try {
    return destinationNames(document);
  } catch {
    return [];
  }
}

/** `sftp:nas` of `sftp:nas.host`: a destination may be described before `type` names it. */
function newDestination(name: string, backends: BackendSpecs): string[] {
  const found = /^([a-z][a-z0-9-]*):([^\s:,\]][^:,\]]*)\.[^.]+$/i.exec(name.trim());
  const [, given = "", own = ""] = found ?? [];
  const scheme = given.toLowerCase();
  if (!shippedSchemes.includes(scheme) && !Object.hasOwn(backends, scheme)) return [];
  return [`${scheme}:${own}`];
}

function shortName(title: string): string {
  return title.toLowerCase().replace(/\s+/, ":");
}

/**
 * Finds the setting that a person names: `archive.name`, `sftp:nas.host`, or pyArchiver's `sftp_host`.
 * @throws {E_CONFIG} for a name that no section has, with the nearest one
 */
export function findSettingName(
  document: IniDocument,
  name: string,
  backends: BackendSpecs = {},
): SettingName {
  const titles = sectionTitles(document, name, backends);
  const wanted = name.trim().toLowerCase();
  for (const separator of [".", "_"]) {
    for (const section of titles) {
      const prefix = `${shortName(section)}${separator}`;
      if (!wanted.startsWith(prefix)) continue;
      const key = wanted.slice(prefix.length);
      const keys = keysOfSection(section.replace(/\s.*$/, ""), backends);
      if (key !== "" && (keys === undefined || keys.includes(key))) return { section, key };
    }
  }
  const known = titles.flatMap((section) =>
    (keysOfSection(section.replace(/\s.*$/, ""), backends) ?? []).map(
      (key) => `${shortName(section)}.${key}`,
    ),
  );
  throw new ColdstowError(
    "E_CONFIG",
    `${JSON.stringify(name)} is not a setting${didYouMean(wanted.replace("_", "."), known)}`,
    { subject: name, hint: "Name it as section.key, such as archive.name or sftp:nas.host." },
  );
}

function entryLines(key: string, value: string, indent: string): string[] {
  const [first = "", ...more] = value.replaceAll("%", "%%").split("\n");
  return [`${indent}${key} = ${first}`.trimEnd(), ...more.map((line) => `${indent}    ${line}`)];
}

function replaceLines(
  document: IniDocument,
  from: number,
  count: number,
  lines: readonly string[],
): string {
  return [...document.lines.slice(0, from), ...lines, ...document.lines.slice(from + count)].join(
    document.lineEnd,
  );
}

/** After which line a new key of the section is written: its last entry, or its title and the comments there. */
function endOfSection(document: IniDocument, section: string): number {
  const found = findSection(document, section);
  if (found === undefined) return document.lines.length;
  const last = found.entries.at(-1);
  if (last !== undefined) return last.endLine;
  let line = found.line;
  while (line < document.lines.length && isCommentLine(document.lines[line] ?? "")) line += 1;
  return line;
}

/** The ini with one section more at its end. */
function withSection(document: IniDocument, section: string, entries: readonly string[]): string {
  const before = document.lines.at(-1) === "" ? document.lines.slice(0, -1) : document.lines;
  const gap = before.length === 0 ? [] : [""];
  return [...before, ...gap, `[${section}]`, ...entries, ""].join(document.lineEnd);
}

/** A destination that `type` has come to name gets its section, to be filled by the next changes. */
function withSections(text: string, options: ChangeSettingOptions): string {
  let changed = text;
  for (const name of namesInUse(parseIni(text, options))) {
    const scheme = name.split(":")[0] ?? name;
    const isKnown =
      shippedSchemes.includes(scheme) || Object.hasOwn(options.backends ?? {}, scheme);
    const document = parseIni(changed, options);
    const section = destinationSection(name);
    if (!isKnown || findSection(document, section) !== undefined) continue;
    changed = withSection(document, section, []);
  }
  return changed;
}

function valueIn(text: string, section: string, key: string): string | undefined {
  try {
    return findEntry(parseIni(text), section, key)?.value;
  } catch {
    return undefined;
  }
}

/**
 * The ini with one setting changed or added; comments and order stay as they are. A section that a
 * destination lacks is made.
 *
 * @param name `section.key`, `sftp:nas.host`, or pyArchiver's `sftp_host`
 * @throws {E_CONFIG} if there is no such setting, or an ini cannot hold the value
 */
export function changeSetting(
  text: string,
  name: string,
  value: string,
  options: ChangeSettingOptions = {},
): string {
  const document = parseIni(text, options);
  const { section, key } = findSettingName(document, name, options.backends);
  const entry = findEntry(document, section, key);
  let changed: string;
  if (entry !== undefined) {
    const line = document.lines[entry.line - 1] ?? "";
    const indent = /^\s*/.exec(line)?.[0] ?? "";
    const written = /^\s*(.*?)\s*[=:]/.exec(line)?.[1] ?? key;
    changed = replaceLines(
      document,
      entry.line - 1,
      entry.endLine - entry.line + 1,
      entryLines(written, value, indent),
    );
  } else if (findSection(document, section) !== undefined) {
    changed = replaceLines(
      document,
      endOfSection(document, section),
      0,
      entryLines(key, value, ""),
    );
  } else {
    changed = withSection(document, section, entryLines(key, value, ""));
  }
  if (section === "Repository" && key === "type") changed = withSections(changed, options);
  if (valueIn(changed, section, key) !== value) {
    throw new ColdstowError(
      "E_CONFIG",
      `[${section}] ${key} cannot be set to ${JSON.stringify(value)}: an ini file cannot hold it; nothing was changed`,
      {
        subject: name,
        hint: "A value has no spaces around it and no line that begins with # or ;.",
      },
    );
  }
  return changed;
}
