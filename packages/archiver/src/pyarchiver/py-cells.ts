import type { SqlDriver, SqlRow } from "@coldstow/catalogue";
import { asPyFormat, pyFormatError } from "./py-format-error.ts";

/** Longest text, the state apart: an ini, a password, a remote path. */
const longestText = 1 << 20;

/**
 * The bytes of one value of the last row of a table, or undefined where there is no row or it is NULL.
 * Table and column are names that the caller knows, never a stranger's.
 * @throws {E_FORMAT} for a value that is longer than `limit` or than the file itself
 */
export function lastCell(
  driver: SqlDriver,
  table: string,
  column: string,
  limit: number = longestText,
): Uint8Array | undefined {
  const size = asPyFormat(() =>
    driver
      .prepare(`SELECT octet_length(${column}) AS n FROM ${table} ORDER BY rowid DESC LIMIT 1`)
      .get(),
  );
  if (typeof size?.["n"] !== "number") return undefined;
  if (size["n"] > limit) throw pyFormatError(`${table}.${column} has ${size["n"]} bytes`);
  const row = asPyFormat(() =>
    driver
      .prepare(`SELECT CAST(${column} AS BLOB) AS cell FROM ${table} ORDER BY rowid DESC LIMIT 1`)
      .get(),
  );
  return cellOf(row);
}

/** As {@link lastCell}, as text. */
export function lastText(driver: SqlDriver, table: string, column: string): string | undefined {
  const cell = lastCell(driver, table, column);
  return cell === undefined ? undefined : new TextDecoder().decode(cell);
}

/** Every value of a column as bytes, in the order of the rows. */
export function* cells(driver: SqlDriver, table: string, column: string): Generator<Uint8Array> {
  const rows = asPyFormat(() =>
    driver
      .prepare(
        `SELECT CAST(${column} AS BLOB) AS cell FROM ${table}
         WHERE octet_length(${column}) <= ${longestText} ORDER BY rowid`,
      )
      .iterate(),
  );
  for (;;) {
    const step = asPyFormat(() => rows.next());
    if (step.done === true) return;
    const cell = cellOf(step.value);
    if (cell !== undefined) yield cell;
  }
}

function cellOf(row: SqlRow | undefined): Uint8Array | undefined {
  const cell = row?.["cell"];
  return cell instanceof Uint8Array ? cell : undefined;
}
