import type { DestinationSettings } from "../settings/archive-settings.ts";
import { findSection } from "../settings/ini-document.ts";
import { parseIni } from "../settings/parse-ini.ts";
import { lostSecretNotice } from "../settings/without-secrets.ts";

/**
 * The settings of a destination that were secrets in clear when the archive was made, and of which
 * the archive does not know where they come from.
 * @param configText the ini as the archive keeps it
 */
export function lostSecrets(configText: string, destination: DestinationSettings): string[] {
  const document = parseIni(configText);
  const section = findSection(document, destination.section);
  if (section === undefined) return [];
  const next = document.sections.find((other) => other.line > section.line);
  const lines = document.lines.slice(section.line, next === undefined ? undefined : next.line - 1);
  const names = lines
    .map((line) => lostSecretNotice.exec(line)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(names)].filter((name) => !Object.hasOwn(destination.secrets, name));
}
