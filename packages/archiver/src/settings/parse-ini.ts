import { configError } from "./config-error.ts";
import type { IniDocument, IniEntry, IniOptions, IniSection } from "./ini-document.ts";

const sectionLine = /^\[(.+)\]/;
const optionLine = /^(.*?)\s*[=:]\s*(.*)$/;

/** True for a line that is a comment as a whole: `;` or `#` after any indent. */
export function isCommentLine(line: string): boolean {
  return /^\s*[#;]/.test(line);
}

/** A value as it is meant: `%%` is one `%`; a `%` that was not doubled stays as it is. */
function unescapePercent(raw: string): string {
  return raw.replaceAll("%%", "%");
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

interface OpenEntry {
  readonly key: string;
  readonly line: number;
  readonly indent: number;
  readonly parts: string[];
  endLine: number;
}

function closeEntry(section: string, open: OpenEntry): IniEntry {
  while (open.parts.length > 1 && open.parts.at(-1) === "") open.parts.pop();
  return {
    section,
    key: open.key,
    value: unescapePercent(open.parts.join("\n")),
    line: open.line,
    endLine: open.endLine,
  };
}

/** Splits a text into lines, without its byte order mark. */
export function splitLines(text: string): string[] {
  return text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
}

/**
 * Reads an ini file by the rules of Python's configparser, as pyArchiver did: keys in any case,
 * sections in the case given, `=` or `:`, comments (`;` `#`) on lines of their own, values continued
 * on lines that are indented deeper than their key. A byte order mark and any line ending are
 * accepted, and so is a `%` that was not doubled.
 *
 * One pass; time and memory grow with the text.
 * @throws {E_CONFIG} naming file and line: a line that is neither section, setting nor comment, a
 *   setting before the first section, or a section or key that stands there twice
 */
export function parseIni(text: string, options: IniOptions = {}): IniDocument {
  const source = options.source ?? "ini";
  const lines = splitLines(text);
  const sections: (IniSection & { readonly entries: IniEntry[] })[] = [];
  const seen = new Map<string, number>();
  let current: (typeof sections)[number] | undefined;
  let open: OpenEntry | undefined;

  const close = (): void => {
    if (open !== undefined && current !== undefined)
      current.entries.push(closeEntry(current.name, open));
    open = undefined;
  };

  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const place = { source, line };
    const trimmed = raw.trim();
    if (isCommentLine(raw)) continue;
    if (trimmed === "") {
      open?.parts.push("");
      continue;
    }
    if (open !== undefined && indentOf(raw) > open.indent) {
      open.parts.push(trimmed);
      open.endLine = line;
      continue;
    }
    close();
    const header = sectionLine.exec(trimmed);
    if (header !== null) {
      const name = header[1] ?? "";
      const earlier = sections.find((section) => section.name === name);
      if (earlier !== undefined) {
        throw configError(
          place,
          `the section [${name}] is there already, in line ${earlier.line}; write its keys there`,
        );
      }
      current = { name, line, entries: [] };
      sections.push(current);
      continue;
    }
    const option = optionLine.exec(trimmed);
    const key = (option?.[1] ?? "").toLowerCase();
    if (option === null || key === "") {
      throw configError(
        place,
        "this line is not a setting; allowed are [Section], key = value, and comments that begin with ; or #",
      );
    }
    if (current === undefined) {
      throw configError(place, `${key} stands before the first section, such as [Archive]`);
    }
    const twice = seen.get(`${current.name}\n${key}`);
    if (twice !== undefined) {
      throw configError(
        place,
        `[${current.name}] ${key} is given twice, first in line ${twice}; keep one of them`,
      );
    }
    seen.set(`${current.name}\n${key}`, line);
    open = { key, line, indent: indentOf(raw), parts: [option[2] ?? ""], endLine: line };
  }
  close();
  return { source, lines, lineEnd: text.includes("\r\n") ? "\r\n" : "\n", sections };
}
