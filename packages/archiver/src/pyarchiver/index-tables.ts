import type { SqlDriver } from "@coldstow/catalogue";
import { nameToBytes } from "@coldstow/contracts";
import type { TarState } from "./walk-py-tars.ts";

/** A file as a tar holds it. */
export interface IndexedFile {
  readonly path: string;
  readonly sha256: Uint8Array;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Where its data begin in the decompressed tar. */
  readonly offset: number;
}

/** A tar as it was read. */
export interface IndexedTar {
  readonly state: TarState;
  /** Of the object as it is stored. */
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
}

const tables = `
DROP TABLE IF EXISTS temp.py_file;
DROP TABLE IF EXISTS temp.py_place;
DROP TABLE IF EXISTS temp.py_tar;
CREATE TEMP TABLE py_file (path BLOB PRIMARY KEY, sha256 BLOB, size INTEGER, mtime_ns INTEGER,
  mode INTEGER, uid INTEGER, gid INTEGER) WITHOUT ROWID;
CREATE TEMP TABLE py_place (sha256 BLOB, pack INTEGER, offset INTEGER, size INTEGER,
  PRIMARY KEY (sha256, pack)) WITHOUT ROWID;
CREATE TEMP TABLE py_tar (pack INTEGER PRIMARY KEY, state TEXT, size INTEGER, sha256 BLOB);
`;
const batchFiles = 1000;

/** What was found in the tars, kept in TEMP tables until all of it can be applied at once. */
export class IndexTables {
  readonly #driver: SqlDriver;
  #waiting: (readonly [pack: number, file: IndexedFile])[] = [];

  constructor(driver: SqlDriver) {
    this.#driver = driver;
    driver.exec(tables);
  }

  /** A later file of the same path takes the place of an earlier one. */
  addFile(pack: number, file: IndexedFile): void {
    this.#waiting.push([pack, file]);
    if (this.#waiting.length >= batchFiles) this.flush();
  }

  addTar(pack: number, tar: IndexedTar): void {
    this.#driver
      .prepare("INSERT OR REPLACE INTO py_tar VALUES (?, ?, ?, ?)")
      .run(pack, tar.state, tar.sizeBytes, tar.sha256);
  }

  flush(): void {
    const file = this.#driver.prepare(
      "INSERT OR REPLACE INTO py_file VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    const place = this.#driver.prepare("INSERT OR IGNORE INTO py_place VALUES (?, ?, ?, ?)");
    this.#driver.transaction(() => {
      for (const [pack, one] of this.#waiting) {
        const { sha256, sizeBytes, mtimeNs, mode, uid, gid } = one;
        file.run(nameToBytes(one.path), sha256, sizeBytes, mtimeNs, mode, uid, gid);
        place.run(sha256, pack, one.offset, sizeBytes);
      }
    });
    this.#waiting = [];
  }

  drop(): void {
    this.#driver.exec("DROP TABLE temp.py_file; DROP TABLE temp.py_place; DROP TABLE temp.py_tar");
  }
}
