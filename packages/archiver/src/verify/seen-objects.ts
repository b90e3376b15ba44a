import type { SqlDriver } from "@coldstow/catalogue";
import { throwIfCancelled, type ObjectInfo } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { packPrefix } from "../archive/object-keys.ts";

const batchRows = 1000;

/**
 * What destinations list under `packs/`, in a TEMP table, because a list comes in any order and may be
 * larger than memory. O(objects · log).
 */
export class SeenObjects {
  readonly #driver: SqlDriver;

  constructor(driver: SqlDriver) {
    this.#driver = driver;
    this.drop();
    driver.exec(`CREATE TEMP TABLE seen_object (
      destination INTEGER NOT NULL,
      key TEXT NOT NULL,
      size INTEGER NOT NULL,
      digest TEXT,
      state TEXT,
      PRIMARY KEY (destination, key)
    ) WITHOUT ROWID`);
  }

  /**
   * Lists a destination's packs.
   * @returns how many objects there are
   * @throws what the backend throws; nothing of this destination is then kept
   */
  async fill(destination: OpenDestination, signal: AbortSignal | undefined): Promise<number> {
    let count = 0;
    let batch: ObjectInfo[] = [];
    try {
      for await (const info of destination.backend.list(packPrefix)) {
        throwIfCancelled(signal);
        batch.push(info);
        count += 1;
        if (batch.length < batchRows) continue;
        this.#insert(destination.id, batch);
        batch = [];
      }
      this.#insert(destination.id, batch);
      return count;
    } catch (error) {
      this.#driver
        .prepare("DELETE FROM temp.seen_object WHERE destination = ?")
        .run(destination.id);
      throw error;
    }
  }

  /** Keys that are listed and that the catalogue does not know as a copy there, with the pack's state if there is one. */
  *unknown(destination: number): Generator<{ readonly key: string; readonly pack: string | null }> {
    const rows = this.#driver.prepare(
      `SELECT s.key AS key, p.state AS state FROM temp.seen_object s LEFT JOIN pack p ON p.key = s.key
      WHERE s.destination = ?1 AND s.key > ?2 AND NOT EXISTS (SELECT 1 FROM copy c
        WHERE c.pack = p.id AND c.destination = ?1 AND c.state <> 'deleted')
      ORDER BY s.key LIMIT ${batchRows}`,
    );
    for (let after = ""; ;) {
      const page = rows.all(destination, after);
      for (const row of page) {
        after = String(row["key"]);
        yield { key: after, pack: typeof row["state"] === "string" ? row["state"] : null };
      }
      if (page.length < batchRows) return;
    }
  }

  drop(): void {
    this.#driver.exec("DROP TABLE IF EXISTS temp.seen_object");
  }

  #insert(destination: number, batch: readonly ObjectInfo[]): void {
    this.#driver.transaction(() => {
      const insert = this.#driver.prepare(
        `INSERT OR REPLACE INTO temp.seen_object (destination, key, size, digest, state)
        VALUES (?, ?, ?, ?, ?)`,
      );
      for (const { key, sizeBytes, digest, state } of batch) {
        const said = digest === undefined ? null : `${digest.algorithm}:${digest.hex}`;
        insert.run(destination, key, sizeBytes, said, state ?? null);
      }
    });
  }
}
