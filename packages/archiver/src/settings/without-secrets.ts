import type { SettingSpec } from "@coldstow/contracts";
import { type BackendSpecs, specsOfSection } from "./known-settings.ts";
import { parseIni } from "./parse-ini.ts";
import { isSecretKey } from "./secret-source.ts";

const commentedSetting = /^\s*[#;][#;\s]*([\w-]+)\s*[=:]\s*(.*)$/;
const urlPassword = /(:\/\/[^/\s:@]*):[^/\s@]*@/g;

/** What {@link withoutSecrets} puts in the place of a secret that was in use, with the setting's name. */
export const lostSecretNotice: RegExp = /^; (\S+): kept out of the archive;/;

function notice(key: string): string {
  return `; ${key}: kept out of the archive; give ${key}_file, ${key}_command or ${key}_env`;
}

/** A secret in a comment is in use nowhere, so nobody has to give it again. */
function withoutComment(line: string, secretNames: readonly SettingSpec[]): string | undefined {
  const [, name = "", value = ""] = commentedSetting.exec(line) ?? [];
  const key = name.toLowerCase();
  if (key === "" || value === "" || !isSecretKey(key, secretNames)) return undefined;
  return lostSecretNotice.test(line) ? line : `; a value of ${key} in a comment was left out`;
}

/**
 * The ini as it may lie in a catalogue: the values of secrets are gone, also those in commented-out
 * settings and in the addresses of other settings (`https://user:password@host`). Where a secret is
 * to be found (`password_file` and the like) stays. Applying it twice changes nothing more.
 * @throws {E_CONFIG} if the text is not an ini
 */
export function withoutSecrets(
  text: string,
  options: { readonly source?: string; readonly backends?: BackendSpecs } = {},
): string {
  const document = parseIni(text, options);
  const backends = options.backends ?? {};
  const dropped = new Set<number>();
  const notices = new Map<number, string>();
  for (const section of document.sections) {
    const specs = specsOfSection(section.name, backends);
    for (const entry of section.entries) {
      if (!isSecretKey(entry.key, specs) || entry.value === "") continue;
      notices.set(entry.line, notice(entry.key));
      for (let line = entry.line; line <= entry.endLine; line += 1) dropped.add(line);
      // A further line of the secret that begins with ; or # reads as a comment; it goes too.
      for (let line = entry.endLine; /^\s+[#;]/.test(document.lines[line] ?? ""); line += 1) {
        dropped.add(line + 1);
      }
    }
  }
  const secretNames = Object.values(backends)
    .flat()
    .filter((spec) => spec.secret === true);
  const kept: string[] = [];
  for (const [index, line] of document.lines.entries()) {
    const said = notices.get(index + 1);
    if (said !== undefined) kept.push(said);
    if (dropped.has(index + 1)) continue;
    kept.push(withoutComment(line, secretNames) ?? line.replace(urlPassword, "$1@"));
  }
  return kept.join(document.lineEnd);
}
