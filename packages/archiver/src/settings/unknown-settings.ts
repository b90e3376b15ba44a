import type { SettingsWarning } from "./archive-settings.ts";
import type { IniDocument, IniEntry } from "./ini-document.ts";
import {
  type BackendSpecs,
  destinationSection,
  knownSections,
  schemeOfSection,
  shippedSchemes,
  specsOfSection,
} from "./known-settings.ts";
import { nearestName } from "./nearest-name.ts";
import { secretWays } from "./secret-source.ts";

const secretEndings = secretWays.map((way) => `_${way}`);

/** Every key that may stand in a section, or undefined where its backend did not say. */
export function keysOfSection(section: string, backends: BackendSpecs): string[] | undefined {
  return specsOfSection(section, backends)?.flatMap((spec) =>
    ["", ...(spec.secret === true ? secretEndings : [])].map((ending) => spec.name + ending),
  );
}

function warning(
  document: IniDocument,
  line: number,
  what: string,
  nearest: string | undefined,
): SettingsWarning {
  const meant = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return {
    message: `${document.source}:${line}: ${what} is not known and has no effect${meant}`,
    source: document.source,
    line,
    nearest,
  };
}

function unknownKey(
  document: IniDocument,
  entry: IniEntry,
  backends: BackendSpecs,
): SettingsWarning | undefined {
  const keys = keysOfSection(entry.section, backends);
  if (keys === undefined || keys.includes(entry.key)) return undefined;
  const nearest = nearestName(entry.key, keys);
  return warning(document, entry.line, `[${entry.section}] ${entry.key}`, nearest);
}

/**
 * What stands in an ini without effect: sections that neither coldstow nor a destination knows, and
 * keys that their section does not have.
 *
 * @param destinations the names in `[Repository] type`
 */
export function unknownSettings(
  document: IniDocument,
  destinations: readonly string[],
  backends: BackendSpecs,
): SettingsWarning[] {
  const used = destinations.map(destinationSection);
  const own = knownSections.map((known) => known.section);
  const schemes = [...new Set([...shippedSchemes, ...Object.keys(backends)])];
  const warnings: SettingsWarning[] = [];
  for (const section of document.sections) {
    const isOwn = own.includes(section.name);
    const isBackends = used.includes(section.name);
    // A destination that is switched off by leaving it out of `type` keeps its section in peace.
    const isSpare = /^[A-Z]/.test(section.name) && schemes.includes(schemeOfSection(section.name));
    if (!isOwn && !isBackends && !isSpare) {
      const titles = [...own, ...used, ...schemes.map(destinationSection)];
      const nearest = nearestName(section.name, titles);
      const meant = nearest === undefined ? undefined : `[${nearest}]`;
      warnings.push(warning(document, section.line, `the section [${section.name}]`, meant));
      continue;
    }
    for (const entry of section.entries) {
      const unknown = unknownKey(document, entry, backends);
      if (unknown !== undefined) warnings.push(unknown);
    }
  }
  return warnings;
}
