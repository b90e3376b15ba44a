import { configError } from "./config-error.ts";
import type { IniEntry } from "./ini-document.ts";
import { maxPackSizeMiB, mebibyte, minPackSizeMiB } from "./known-settings.ts";

const yes = new Set(["yes", "y", "true", "on", "1"]);
const no = new Set(["no", "n", "false", "off", "0"]);

/** An entry together with the file it stands in. */
export interface PlacedEntry extends IniEntry {
  readonly source: string;
}

function wrong(entry: PlacedEntry, allowed: string): never {
  throw configError(
    entry,
    `[${entry.section}] ${entry.key} is ${JSON.stringify(entry.value)}; allowed: ${allowed}`,
  );
}

/** yes or no, in any case, and what else people write for them. */
export function readYesNo(entry: PlacedEntry): boolean {
  const word = unquote(entry.value).toLowerCase();
  if (yes.has(word)) return true;
  if (no.has(word)) return false;
  return wrong(entry, "yes, no");
}

/** One of a list of words, in any case. */
export function readWord<const Word extends string>(
  entry: PlacedEntry,
  words: readonly Word[],
): Word {
  const given = unquote(entry.value).toLowerCase();
  return words.find((word) => word === given) ?? wrong(entry, words.join(", "));
}

/** A pack size in MiB, as bytes. */
export function readPackSize(entry: PlacedEntry): number {
  return readMebibytes(entry, minPackSizeMiB, maxPackSizeMiB);
}

/** A number of MiB within bounds, both included, as bytes. */
export function readMebibytes(entry: PlacedEntry, least: number, most: number): number {
  const text = unquote(entry.value);
  const size = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(size >= least && size <= most))
    return wrong(entry, `a number of MiB from ${least} to ${most}`);
  return Math.floor(size * mebibyte);
}

/** A whole number within bounds, both included. */
export function readCount(entry: PlacedEntry, least: number, most: number): number {
  const text = unquote(entry.value);
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least && count <= most)) {
    return wrong(entry, `a whole number from ${least} to ${most}`);
  }
  return count;
}

/** The value without one pair of quotes around it. */
export function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(value);
  return quoted?.[2] ?? value;
}

/** The lines of a continued value that say something. */
export function readLines(entry: PlacedEntry): string[] {
  return entry.value.split("\n").filter((line) => line !== "");
}
