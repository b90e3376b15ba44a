import type { SqlDriver } from "@coldstow/catalogue";
import { asPyFormat, pyFormatError } from "./py-format-error.ts";

/** The columns of the tables that a file of pyArchiver has. */
export type PyTables = ReadonlyMap<string, ReadonlySet<string>>;

const known = ["version", "json", "config", "sender", "files_to_archive", "tars", "cipher"];
const needed: readonly (readonly [table: string, column: string])[] = [
  ["json", "state_dir"],
  ["files_to_archive", "path"],
  ["tars", "path"],
];

/**
 * Finds pyArchiver's tables, of whichever version (docs/formats/pyarchiver.md §1). Only real tables and
 * stored columns count: a view or a computed column of that name could run for ever.
 * @throws {E_FORMAT} where one that every version has is missing
 */
export function findPyTables(driver: SqlDriver): PyTables {
  const tables = new Map<string, ReadonlySet<string>>();
  for (const name of known) {
    const found = asPyFormat(() =>
      driver.prepare("SELECT type, rootpage FROM sqlite_schema WHERE name = ?").get(name),
    );
    if (found === undefined) continue;
    if (found["type"] !== "table" || !(Number(found["rootpage"]) > 0)) {
      throw pyFormatError(`"${name}" is no plain table in it`);
    }
    const columns = asPyFormat(() => driver.prepare(`PRAGMA table_xinfo(${name})`).all());
    const stored = columns.filter((column) => column["hidden"] === 0);
    tables.set(name, new Set(stored.map((column) => String(column["name"]))));
  }
  for (const [table, column] of needed) {
    if (tables.get(table)?.has(column) !== true) {
      throw pyFormatError(`it has no table "${table}" with a column "${column}"`);
    }
  }
  return tables;
}
