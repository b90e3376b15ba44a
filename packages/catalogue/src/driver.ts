/** What SQLite stores. */
export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/**
 * A prepared statement.
 *
 * Integers that leave the database are numbers; one beyond 2^53 - 1 throws, because it would be
 * wrong. Nanoseconds are therefore selected with `nsColumn` (time-ns.ts). Integers that enter may
 * be numbers or bigints. SQLite compares and stores them by the column's affinity, so a bigint that
 * meets an expression, not a column, needs `CAST(? AS INTEGER)`.
 */
export interface SqlStatement {
  /** `lastId` is the rowid of the last row that was inserted into a table with one. */
  run(...values: SqlValue[]): { readonly changes: number; readonly lastId: number };
  get(...values: SqlValue[]): SqlRow | undefined;
  all(...values: SqlValue[]): SqlRow[];
  /** Rows one by one; the statement must not be used again before the loop has ended. */
  iterate(...values: SqlValue[]): IterableIterator<SqlRow>;
}

/**
 * One open SQLite database, driven synchronously. The catalogue's code knows nothing else of the engine.
 *
 * Every method throws errors of the table: `E_LOCKED`, `E_NO_SPACE`, `E_READ_ONLY`, `E_CORRUPT`,
 * `E_FORMAT`, `E_IO`, and `E_INTERNAL` for a statement that SQLite refuses.
 */
export interface SqlDriver {
  /** Runs statements that return nothing. */
  exec(sql: string): void;
  /**
   * Prepares a statement; the same text is prepared once and kept. While a loop over the kept one
   * is under way, another is made, so loops over the same text may lie within each other.
   */
  prepare(sql: string): SqlStatement;
  /** Runs `body` in a transaction: committed when it returns, rolled back when it throws. Does not nest. */
  transaction<T>(body: () => T): T;
  /** May be called twice. */
  close(): void;
}
