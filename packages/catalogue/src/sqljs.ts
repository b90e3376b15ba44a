import type { SqlDriver, SqlRow, SqlStatement, SqlValue } from "./driver.ts";
import { makeDriver } from "./make-driver.ts";

/** What is used of a statement of sql.js. */
export interface SqlJsStatement {
  bind(values: (null | number | string | Uint8Array)[]): boolean;
  step(): boolean;
  get(): (null | number | string | Uint8Array)[];
  getColumnNames(): string[];
  reset(): void;
}

/** What is used of `SQL.Database`; an instance of it fits. */
export interface SqlJsDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqlJsStatement;
  getRowsModified(): number;
  close(): void;
}

/**
 * A driver over an open database of sql.js. The caller makes the database, so this module brings
 * neither the library nor its WebAssembly. Nothing is saved: `database.export()` gives the bytes.
 */
export function openSqlJsDriver(database: SqlJsDatabase): SqlDriver {
  database.exec("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF");
  const lastId = database.prepare("SELECT last_insert_rowid()");
  return makeDriver({
    exec: (sql) => {
      database.exec(sql);
    },
    prepare: (sql) => new WasmStatement(database, database.prepare(sql), lastId),
    close: () => database.close(),
    begin: "BEGIN IMMEDIATE",
  });
}

class WasmStatement implements SqlStatement {
  readonly #database: SqlJsDatabase;
  readonly #statement: SqlJsStatement;
  readonly #lastId: SqlJsStatement;

  constructor(database: SqlJsDatabase, statement: SqlJsStatement, lastId: SqlJsStatement) {
    this.#database = database;
    this.#statement = statement;
    this.#lastId = lastId;
  }

  run(...values: SqlValue[]): { readonly changes: number; readonly lastId: number } {
    this.#statement.bind(bindable(values));
    try {
      while (this.#statement.step());
    } finally {
      this.#statement.reset();
    }
    const changes = this.#database.getRowsModified();
    this.#lastId.bind([]);
    this.#lastId.step();
    const lastId = Number(this.#lastId.get()[0]);
    this.#lastId.reset();
    return { changes, lastId };
  }

  get(...values: SqlValue[]): SqlRow | undefined {
    for (const row of this.iterate(...values)) return row;
    return undefined;
  }

  all(...values: SqlValue[]): SqlRow[] {
    return [...this.iterate(...values)];
  }

  *iterate(...values: SqlValue[]): IterableIterator<SqlRow> {
    this.#statement.bind(bindable(values));
    try {
      const names = this.#statement.getColumnNames();
      while (this.#statement.step()) {
        const row: SqlRow = {};
        for (const [at, value] of this.#statement.get().entries()) {
          row[names[at] ?? ""] = checked(value);
        }
        yield row;
      }
    } finally {
      this.#statement.reset();
    }
  }
}

/** sql.js rounds an integer beyond 2^53 in silence. */
function checked<T>(value: T): T {
  if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`Value is too large to be represented as a JavaScript number: ${value}`);
  }
  return value;
}

/** sql.js binds a bigint as text, which SQLite turns back where it meets an INTEGER column. */
function bindable(values: readonly SqlValue[]): (null | number | string | Uint8Array)[] {
  return values.map((value) => {
    if (typeof value !== "bigint") return value;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  });
}
