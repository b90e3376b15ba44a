/** One `key = value` of an ini file. */
export interface IniEntry {
  /** As written: sections are case-sensitive. */
  readonly section: string;
  /** In lower case: keys are not case-sensitive. */
  readonly key: string;
  /** Lines of a continued value are joined by `\n`; `%%` reads as `%`. */
  readonly value: string;
  /** Number of the line with the key, from 1. */
  readonly line: number;
  /** Number of the last line of the value. */
  readonly endLine: number;
}

export interface IniSection {
  readonly name: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
}

/** An ini file, read but not yet understood. */
export interface IniDocument {
  /** The file's name, for messages. */
  readonly source: string;
  readonly lines: readonly string[];
  /** What ends a line of this file. */
  readonly lineEnd: "\n" | "\r\n";
  readonly sections: readonly IniSection[];
}

export interface IniOptions {
  /** The file's name, for messages; default `ini`. */
  readonly source?: string;
}

/** The section of that exact name. */
export function findSection(document: IniDocument, name: string): IniSection | undefined {
  return document.sections.find((section) => section.name === name);
}

/** The entry of that section and (lower-case) key. */
export function findEntry(
  document: IniDocument,
  section: string,
  key: string,
): IniEntry | undefined {
  return findSection(document, section)?.entries.find((entry) => entry.key === key);
}
