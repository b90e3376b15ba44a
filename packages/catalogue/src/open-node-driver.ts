import { existsSync, statSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { ColdstowError, errnoOf, fromSystemError } from "@coldstow/contracts";
import type { SqlDriver, SqlRow, SqlStatement, SqlValue } from "./driver.ts";
import { makeDriver } from "./make-driver.ts";
import { applicationId } from "./schema.ts";
import { fromSqlError } from "./sql-error.ts";

export interface NodeDriverOptions {
  /**
   * The file is not changed, and may lie on a read-only medium. Elsewhere SQLite may leave its two
   * log files, empty, beside it.
   */
  readonly readOnly?: boolean;
  /** A file that is missing is made, empty. */
  readonly create?: boolean;
}

/** SQLITE_READONLY and SQLITE_CANTOPEN. */
const readOnlyDatabase = 8;
const cannotOpen = 14;
const busyTimeoutMs = 5000;
const cacheKib = 64 * 1024;
const logLimitBytes = 64 * 1024 * 1024;

/**
 * Opens a SQLite file with Node's own SQLite.
 *
 * A catalogue is written through a write-ahead log with `synchronous = FULL`: what was committed
 * survives a power cut. A database that is not ours is opened as it is and not changed.
 * @throws {E_NOT_FOUND} if it is missing and must not be made
 * @throws {E_FORMAT} if it is not a SQLite database
 * @throws {E_LOCKED | E_PERMISSION | E_IO | E_CORRUPT}
 */
export function openNodeDriver(path: string, options: NodeDriverOptions = {}): SqlDriver {
  const readOnly = options.readOnly === true;
  checkFile(path, options.create === true && !readOnly);
  let database: DatabaseSync | undefined;
  try {
    database = readOnly ? openReadOnly(path) : new DatabaseSync(path, { timeout: busyTimeoutMs });
    configure(database, readOnly);
  } catch (error) {
    database?.close();
    throw fromSqlError(error, path);
  }
  const open = database;
  return makeDriver({
    exec: (sql) => open.exec(sql),
    prepare: (sql) => new NodeStatement(open.prepare(sql)),
    close: () => open.close(),
    begin: readOnly ? "BEGIN" : "BEGIN IMMEDIATE",
    subject: path,
  });
}

function checkFile(path: string, create: boolean): void {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || (stat.size === 0 && !create)) {
      const what = stat.isFile() ? "is empty" : "is not a file";
      throw new ColdstowError("E_FORMAT", `${path} ${what}, so it is no catalogue`, {
        subject: path,
      });
    }
  } catch (error) {
    if (create && errnoOf(error) === "ENOENT") return;
    throw fromSystemError(error, "opening the catalogue", path);
  }
}

function openReadOnly(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs });
  try {
    database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get();
    return database;
  } catch (error) {
    database.close();
    // SQLite needs a log beside a file in WAL mode; where none can be made, nobody writes either.
    const result = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
    if (![cannotOpen, readOnlyDatabase].includes(result) || existsSync(`${path}-wal`)) throw error;
    const url = pathToFileURL(path);
    url.search = "?mode=ro&immutable=1";
    return new DatabaseSync(url, { readOnly: true });
  }
}

function configure(database: DatabaseSync, readOnly: boolean): void {
  database.exec(
    `PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -${cacheKib}`,
  );
  if (readOnly) return;
  const id = database.prepare("PRAGMA application_id").get()?.["application_id"];
  const used = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
  if (used && id !== applicationId) return;
  if (!used) database.exec("PRAGMA page_size = 4096");
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${logLimitBytes}`,
  );
}

class NodeStatement implements SqlStatement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(...values: SqlValue[]): { readonly changes: number; readonly lastId: number } {
    const { changes, lastInsertRowid } = this.#statement.run(...bindable(values));
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  get(...values: SqlValue[]): SqlRow | undefined {
    return this.#statement.get(...bindable(values));
  }

  all(...values: SqlValue[]): SqlRow[] {
    return this.#statement.all(...bindable(values));
  }

  iterate(...values: SqlValue[]): IterableIterator<SqlRow> {
    return this.#statement.iterate(...bindable(values)) as IterableIterator<SqlRow>;
  }
}

/** node:sqlite binds every number as REAL; whole ones are to arrive as INTEGER. */
function bindable(values: readonly SqlValue[]): SQLInputValue[] {
  return values.map((value) => (Number.isInteger(value) ? BigInt(value as number) : value));
}
