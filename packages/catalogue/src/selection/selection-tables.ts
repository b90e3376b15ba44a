import type { SqlDriver } from "../driver.ts";

let made = 0;

/**
 * The names of one selection's temporary tables. They lie in SQLite's temporary database, which
 * spills to a file, so a selection's size is not bounded by memory.
 */
export interface SelectionTables {
  /** (entry, kind, content, asked): the selected versions; `asked` is 0 for directories on the way. */
  readonly entry: string;
  /** (id, depth): the directories that selected entries lie in. */
  readonly above: string;
  /** (depth, entry): the selected directories. */
  readonly directory: string;
  /** (content, done): contents that files need; `done` once their bytes were found. */
  readonly wanted: string;
  /** (rank, pack, good): stored packs by key; `good` where an active destination holds a sound copy. */
  readonly pack: string;
  /** (rank, offset, content, position, piece, length, sparse): what to read. */
  readonly work: string;
}

/** Makes the tables, empty. */
export function makeSelectionTables(driver: SqlDriver): SelectionTables {
  made += 1;
  const name = (table: string): string => `temp.selection_${made}_${table}`;
  const tables: SelectionTables = {
    entry: name("entry"),
    above: name("above"),
    directory: name("directory"),
    wanted: name("wanted"),
    pack: name("pack"),
    work: name("work"),
  };
  driver.exec(`
    CREATE TABLE ${tables.entry} (entry INTEGER PRIMARY KEY, kind TEXT, content INTEGER, asked INTEGER);
    CREATE TABLE ${tables.above} (id INTEGER PRIMARY KEY, depth INTEGER);
    CREATE TABLE ${tables.directory} (depth INTEGER, entry INTEGER, PRIMARY KEY (depth, entry)) WITHOUT ROWID;
    CREATE TABLE ${tables.wanted} (content INTEGER PRIMARY KEY, done INTEGER);
    CREATE TABLE ${tables.pack} (rank INTEGER PRIMARY KEY, pack INTEGER UNIQUE, good INTEGER);
    CREATE TABLE ${tables.work} (rank INTEGER, offset INTEGER, content INTEGER, position INTEGER,
      piece INTEGER, length INTEGER, sparse INTEGER, PRIMARY KEY (rank, offset, content, position)) WITHOUT ROWID;
  `);
  return tables;
}

/** Removes the tables. */
export function dropSelectionTables(driver: SqlDriver, tables: SelectionTables): void {
  for (const table of Object.values(tables)) driver.exec(`DROP TABLE IF EXISTS ${String(table)}`);
}

/** The name of an index on one of the tables: SQLite wants the table bare there. */
export function indexOn(table: string, columns: string): string {
  const bare = table.replace(/^temp\./, "");
  return `CREATE INDEX ${table}_by_${columns.replaceAll(/\W+/g, "_")} ON ${bare} (${columns})`;
}
