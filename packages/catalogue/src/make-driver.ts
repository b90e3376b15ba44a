import type { SqlDriver, SqlRow, SqlStatement, SqlValue } from "./driver.ts";
import { fromSqlError } from "./sql-error.ts";

/** What an engine brings; everything else about a driver is the same for all. */
export interface SqlEngine {
  readonly exec: (sql: string) => void;
  readonly prepare: (sql: string) => SqlStatement;
  readonly close: () => void;
  /** How a transaction begins: a writer's takes the lock at once. */
  readonly begin: "BEGIN" | "BEGIN IMMEDIATE";
  /** The path, for messages. */
  readonly subject?: string;
}

/** Statements kept; the catalogue's own texts are fewer. */
const cacheLimit = 256;

class CheckedStatement implements SqlStatement {
  busy = false;
  readonly #statement: SqlStatement;
  readonly #subject: string | undefined;

  constructor(statement: SqlStatement, subject: string | undefined) {
    this.#statement = statement;
    this.#subject = subject;
  }

  run(...values: SqlValue[]): { readonly changes: number; readonly lastId: number } {
    try {
      return this.#statement.run(...values);
    } catch (error) {
      throw fromSqlError(error, this.#subject);
    }
  }

  get(...values: SqlValue[]): SqlRow | undefined {
    try {
      return this.#statement.get(...values);
    } catch (error) {
      throw fromSqlError(error, this.#subject);
    }
  }

  all(...values: SqlValue[]): SqlRow[] {
    try {
      return this.#statement.all(...values);
    } catch (error) {
      throw fromSqlError(error, this.#subject);
    }
  }

  *iterate(...values: SqlValue[]): IterableIterator<SqlRow> {
    this.busy = true;
    const rows = this.#statement.iterate(...values);
    try {
      for (;;) {
        const step = this.#next(rows);
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      rows.return?.();
      this.busy = false;
    }
  }

  #next(rows: IterableIterator<SqlRow>): IteratorResult<SqlRow> {
    try {
      return rows.next();
    } catch (error) {
      throw fromSqlError(error, this.#subject);
    }
  }
}

class EngineDriver implements SqlDriver {
  readonly #engine: SqlEngine;
  readonly #statements = new Map<string, CheckedStatement>();
  #open = true;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  exec(sql: string): void {
    try {
      this.#engine.exec(sql);
    } catch (error) {
      throw fromSqlError(error, this.#engine.subject);
    }
  }

  prepare(sql: string): SqlStatement {
    const kept = this.#statements.get(sql);
    if (kept !== undefined && !kept.busy) return kept;
    const made = this.#make(sql);
    if (kept === undefined) {
      if (this.#statements.size >= cacheLimit) {
        const [oldest] = this.#statements.keys();
        if (oldest !== undefined) this.#statements.delete(oldest);
      }
      this.#statements.set(sql, made);
    }
    return made;
  }

  transaction<T>(body: () => T): T {
    this.exec(this.#engine.begin);
    try {
      const result = body();
      if (result instanceof Promise) {
        throw new TypeError("a transaction's body must not be asynchronous");
      }
      this.exec("COMMIT");
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#statements.clear();
    this.#engine.close();
  }

  #make(sql: string): CheckedStatement {
    try {
      return new CheckedStatement(this.#engine.prepare(sql), this.#engine.subject);
    } catch (error) {
      throw fromSqlError(error, this.#engine.subject);
    }
  }

  #rollback(): void {
    try {
      this.#engine.exec("ROLLBACK");
    } catch {
      // SQLite rolls back by itself on a full disk or an I/O error: there is no transaction left.
    }
  }
}

/** A driver over an engine: caches statements, classifies errors, runs transactions. */
export function makeDriver(engine: SqlEngine): SqlDriver {
  return new EngineDriver(engine);
}
