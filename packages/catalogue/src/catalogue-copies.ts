import type { SqlDriver } from "./driver.ts";
import { nsColumn, nsFrom } from "./time-ns.ts";

/** A copy of the catalogue itself, beside the packs. */
export interface CatalogueCopy {
  readonly destination: number;
  readonly key: string;
  /** The catalogue as it was after this run. */
  readonly run: number;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly storedNs: bigint;
}

/** The copies on a destination, newest first. A destination keeps few. One on its way does not count. */
export function listCatalogueCopies(driver: SqlDriver, destination: number): CatalogueCopy[] {
  return driver
    .prepare(
      `SELECT key, run, size, sha256, ${nsColumn("stored_ns", "stored")} FROM catalogue_copy
       WHERE destination = ? AND stored_ns > 0 ORDER BY run DESC, stored_ns DESC, key DESC`,
    )
    .all(destination)
    .map((row) => ({
      destination,
      key: String(row["key"]),
      run: Number(row["run"]),
      sizeBytes: Number(row["size"]),
      sha256: row["sha256"] as Uint8Array,
      storedNs: nsFrom(row["stored"]),
    }));
}

/** Notes a copy, new or replaced. */
export function addCatalogueCopy(driver: SqlDriver, copy: CatalogueCopy): void {
  driver
    .prepare(
      `INSERT OR REPLACE INTO catalogue_copy (destination, key, run, size, sha256, stored_ns)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(copy.destination, copy.key, copy.run, copy.sizeBytes, copy.sha256, copy.storedNs);
}

/** Forgets a copy; one that is not known is no error. */
export function removeCatalogueCopy(driver: SqlDriver, destination: number, key: string): void {
  driver
    .prepare("DELETE FROM catalogue_copy WHERE destination = ? AND key = ?")
    .run(destination, key);
}
