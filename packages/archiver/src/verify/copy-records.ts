import type { SqlDriver } from "@coldstow/catalogue";
import { nowNs } from "../archive/clock.ts";
import type { KnownCopy } from "./known-copies.ts";
import { reaches, type CopyLevel } from "./verification.ts";

const batchRows = 500;

interface Row {
  readonly pack: number;
  readonly destination: number;
  readonly state: "stored" | "missing" | "damaged";
  readonly level: CopyLevel;
  readonly atNs: bigint;
}

/** Notes in the catalogue what looking at copies showed, many in one transaction. */
export class CopyRecords {
  readonly #driver: SqlDriver;
  #rows: Row[] = [];

  constructor(driver: SqlDriver) {
    this.#driver = driver;
  }

  /**
   * A good copy. A closer look in the past is not forgotten for a weaker one now, and one that was
   * damaged is good again only once its bytes were proven.
   * @returns false where the copy stays known as damaged
   */
  good(copy: KnownCopy, level: CopyLevel): boolean {
    if (copy.state === "damaged" && !reaches(level, "digest")) return false;
    const closer = copy.verifiedLevel !== undefined && !reaches(level, copy.verifiedLevel);
    if (copy.state !== "stored" || !closer) this.#add(copy, "stored", level);
    return true;
  }

  bad(copy: KnownCopy, state: "missing" | "damaged", level: CopyLevel): void {
    this.#add(copy, state, level);
  }

  flush(): void {
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length === 0) return;
    this.#driver.transaction(() => {
      const update = this.#driver.prepare(
        `UPDATE copy SET state = ?, verified_ns = ?, verified_level = ?
        WHERE pack = ? AND destination = ?`,
      );
      for (const { pack, destination, state, level, atNs } of rows) {
        update.run(state, atNs, level, pack, destination);
      }
    });
  }

  #add(copy: KnownCopy, state: Row["state"], level: CopyLevel): void {
    const { pack, destination } = copy;
    this.#rows.push({ pack: pack.id, destination, state, level, atNs: nowNs() });
    if (this.#rows.length >= batchRows) this.flush();
  }
}
