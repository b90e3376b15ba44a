import type { IniDocument } from "./ini-document.ts";
import { settingPath } from "./ini-paths.ts";
import { parseIni } from "./parse-ini.ts";

const pathKey =
  /^(?:Archive\ndirectory|Repository\nspool|Local(?: .*)?\ndir|[^\n]+\n(?:key_file|known_hosts))$/;
const secretFile = /_file$/;

function isPath(section: string, key: string): boolean {
  if (section === "Archive" && key === "ignore_file") return false;
  return pathKey.test(`${section}\n${key}`) || secretFile.test(key);
}

function rewrite(document: IniDocument, baseDirectory: string): string {
  const lines = [...document.lines];
  for (const entry of document.sections.flatMap((section) => section.entries)) {
    if (!isPath(entry.section, entry.key)) continue;
    for (let line = entry.line; line <= entry.endLine; line += 1) {
      const found =
        line === entry.line
          ? /^(\s*.*?\s*[=:]\s*)(.*?)\s*$/.exec(lines[line - 1] ?? "")
          : /^(\s*)(.*?)\s*$/.exec(lines[line - 1] ?? "");
      const [, before = "", raw = ""] = found ?? [];
      if (raw === "" || /^[#;]/.test(raw)) continue;
      const path = settingPath(raw.replaceAll("%%", "%"), baseDirectory);
      lines[line - 1] = `${before}${path.replaceAll("%", "%%")}`;
    }
  }
  return lines.join(document.lineEnd);
}

/**
 * The ini with its paths made absolute, so that it means the same from every working directory: what
 * a catalogue keeps. Comments and order stay.
 * @throws {E_CONFIG} if the text is not an ini
 */
export function withAbsolutePaths(
  text: string,
  baseDirectory: string,
  options: { readonly source?: string } = {},
): string {
  return rewrite(parseIni(text, options), baseDirectory);
}
