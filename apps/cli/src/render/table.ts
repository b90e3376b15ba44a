import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly align?: "left" | "right";
  /** May be cut with … where the terminal is too narrow. */
  readonly shrinks?: boolean;
}

const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u;
const gap = "  ";
const narrowest = 8;

let segmenter: Intl.Segmenter | undefined;

// Made when a text needs it: making one takes several milliseconds.
function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** Columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(stripVTControlCharacters(text))) {
    width += wide.test(segment) ? 2 : 1;
  }
  return width;
}

function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let out = "";
  let used = 1;
  for (const { segment } of graphemes(text)) {
    used += wide.test(segment) ? 2 : 1;
    if (used > width) break;
    out += segment;
  }
  return `${out}…`;
}

function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number,
): number[] {
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? ""))),
  );
  let excess =
    widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - available;
  for (const [index, column] of columns.entries()) {
    if (excess <= 0 || column.shrinks !== true) continue;
    const width = widths[index] ?? 0;
    const taken = Math.max(0, Math.min(excess, width - narrowest));
    widths[index] = width - taken;
    excess -= taken;
  }
  return widths;
}

/**
 * Rows under titles, no wider than the terminal where columns may shrink. Memory grows with the
 * rows: for what a tree has many of, print lines instead.
 *
 * @param available the terminal's width; without one nothing is cut
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const widths = columnWidths(columns, rows, available);
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0;
        const text = cut(cells[index] ?? "", width);
        const space = " ".repeat(Math.max(0, width - textWidth(text)));
        return column.align === "right" ? space + text : text + space;
      })
      .join(gap)
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)].join("\n");
}

/** `name  value` lines, the names aligned. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => textWidth(name)));
  return pairs
    .map(([name, value]) => `${name}${" ".repeat(width - textWidth(name))}  ${value}`)
    .join("\n");
}
