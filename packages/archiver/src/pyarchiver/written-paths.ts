import { DatabaseSync, type StatementSync } from "node:sqlite";
import { nameToBytes } from "@coldstow/contracts";

/** The paths that an extraction wrote, in a temporary database on disk, so that memory stays flat. */
export class WrittenPaths {
  readonly #database: DatabaseSync;
  readonly #add: StatementSync;
  readonly #has: StatementSync;

  constructor() {
    // SQLite deletes a database without a name by itself.
    this.#database = new DatabaseSync("");
    this.#database.exec("CREATE TABLE written (path BLOB PRIMARY KEY) WITHOUT ROWID; BEGIN");
    this.#add = this.#database.prepare("INSERT OR IGNORE INTO written VALUES (?)");
    this.#has = this.#database.prepare("SELECT 1 FROM written WHERE path = ?");
  }

  add(path: string): void {
    this.#add.run(nameToBytes(path));
  }

  has(path: string): boolean {
    return this.#has.get(nameToBytes(path)) !== undefined;
  }

  close(): void {
    this.#database.close();
  }
}
