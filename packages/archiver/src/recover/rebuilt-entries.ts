import type { EntryKind, SqlDriver, SqlStatement } from "@coldstow/catalogue";
import { ensureDirectory } from "@coldstow/catalogue";
import { nameFromBytes, nameToBytes } from "@coldstow/contracts";

/** A version of an entry, as manifests tell it. */
export interface RebuiltEntry {
  readonly path: string;
  readonly kind: EntryKind;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode?: number | undefined;
  readonly content?: number | undefined;
  readonly target?: string | undefined;
  /** What was stored may not be what the file was. */
  readonly unstable?: boolean;
}

export interface CurrentEntry {
  readonly id: number;
  readonly firstRun: number;
  readonly kind: EntryKind;
  readonly content: number | undefined;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Stands for the inode change time and the device, which no pack knows: the next run reads the file once. */
const unknown = 0;
const cachedDirectories = 20_000;

/** Writes the history of entries, run after run. Must be used inside transactions. */
export class RebuiltEntries {
  readonly #driver: SqlDriver;
  readonly #directories = new Map<string, number>();
  readonly #find: SqlStatement;
  readonly #insert: SqlStatement;

  constructor(driver: SqlDriver) {
    this.#driver = driver;
    this.#find = driver.prepare(
      `SELECT id, first_run, kind, content, size, CAST(mtime_ns AS TEXT) AS mtime, mode, uid, gid
       FROM entry WHERE directory = ? AND name = ? AND end_run IS NULL`,
    );
    this.#insert = driver.prepare(
      `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, device, inode,
         content, target, unstable, first_run) VALUES (?, ?, ?, ?, ?, ${unknown}, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  current(path: string): CurrentEntry | undefined {
    const [directory, name] = this.#place(path);
    const row = this.#find.get(directory, name);
    if (row === undefined) return undefined;
    return {
      id: Number(row["id"]),
      firstRun: Number(row["first_run"]),
      kind: row["kind"] as EntryKind,
      content: row["content"] === null ? undefined : Number(row["content"]),
      sizeBytes: Number(row["size"]),
      mtimeNs: BigInt(String(row["mtime"])),
      mode: Number(row["mode"]),
      uid: Number(row["uid"]),
      gid: Number(row["gid"]),
    };
  }

  /** Ends the version that the path has, and begins this one. */
  begin(run: number, entry: RebuiltEntry): void {
    this.#end(run, this.current(entry.path));
    const [directory, name] = this.#place(entry.path);
    const { inode, target } = entry;
    this.#insert.run(
      directory,
      name,
      entry.kind,
      entry.sizeBytes,
      entry.mtimeNs,
      entry.mode,
      entry.uid,
      entry.gid,
      inode === undefined ? null : unknown,
      inode ?? null,
      entry.content ?? null,
      target === undefined ? null : nameToBytes(target),
      entry.unstable === true ? 1 : 0,
      run,
    );
  }

  /** The name is gone. */
  end(run: number, path: string): void {
    this.#end(run, this.current(path));
  }

  /** The name is gone, and all that lies below it. O(below). */
  endWithAllBelow(run: number, path: string): void {
    this.end(run, path);
    const rows = this.#driver
      .prepare(
        `WITH RECURSIVE below (id) AS (
           SELECT id FROM directory WHERE parent = ? AND name = ?
           UNION SELECT d.id FROM directory d JOIN below ON d.parent = below.id)
         SELECT e.id, e.first_run FROM entry e JOIN below ON e.directory = below.id WHERE e.end_run IS NULL`,
      )
      .all(...this.#place(path));
    for (const row of rows) {
      this.#end(run, { id: Number(row["id"]), firstRun: Number(row["first_run"]) });
    }
  }

  #end(run: number, entry: Pick<CurrentEntry, "id" | "firstRun"> | undefined): void {
    if (entry === undefined) return;
    // A version that begins and ends in one run was never in the tree.
    if (entry.firstRun >= run) this.#driver.prepare("DELETE FROM entry WHERE id = ?").run(entry.id);
    else this.#driver.prepare("UPDATE entry SET end_run = ? WHERE id = ?").run(run, entry.id);
  }

  #place(path: string): [directory: number, name: Uint8Array] {
    const slash = path.lastIndexOf("/");
    return [this.#directory(path.slice(0, Math.max(0, slash))), nameToBytes(path.slice(slash + 1))];
  }

  #directory(path: string): number {
    if (path === "") return 1;
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const id = ensureDirectory(this.#driver, path);
    if (this.#directories.size >= cachedDirectories) this.#directories.clear();
    this.#directories.set(path, id);
    return id;
  }
}

/** A path as it is kept in a table, and back. */
export const pathColumn: {
  readonly to: (path: string) => Uint8Array;
  readonly from: (value: unknown) => string;
} = { to: nameToBytes, from: (value) => nameFromBytes(value as Uint8Array) };
