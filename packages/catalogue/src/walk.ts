import { ColdstowError, nameToBytes } from "@coldstow/contracts";
import type { SqlDriver, SqlRow } from "./driver.ts";
import { entryAt } from "./entry-at.ts";
import { entryColumns, entryFrom, impliedDirectory, type CatalogueEntry } from "./entry.ts";
import { directoryId, joinPath, storedName } from "./path-tree.ts";

const chunk = 256;
/** A deeper tree is a loop: no file system has such paths. */
const deepest = 10_000;

// The branches are in the order of their indexes and merged: no directory is ever sorted whole.
const children = `WITH page (id, name) AS (
    SELECT id, name FROM entry
    WHERE directory = ?1 AND name > ?2 AND end_run IS NULL AND first_run <= ?3
    UNION ALL
    SELECT id, name FROM entry
    WHERE directory = ?1 AND name > ?2 AND end_run IS NOT NULL AND first_run <= ?3 AND end_run > ?3
    UNION ALL
    SELECT NULL, name FROM directory d
    WHERE parent = ?1 AND name > ?2
      AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.directory = ?1 AND e.name = d.name
        AND e.end_run IS NULL AND e.first_run <= ?3)
      AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.directory = ?1 AND e.name = d.name
        AND e.end_run IS NOT NULL AND e.first_run <= ?3 AND e.end_run > ?3)
    ORDER BY name LIMIT ?4
  )
  SELECT page.name AS page_name, d.id AS child, ${entryColumns} FROM page
  LEFT JOIN entry e ON e.id = page.id LEFT JOIN content c ON c.id = e.content
  LEFT JOIN directory d ON d.parent = ?1 AND d.name = page.name
  ORDER BY page.name`;

const anything = `WITH RECURSIVE below (id) AS (
    SELECT ?1 UNION SELECT d.id FROM below JOIN directory d ON d.parent = below.id)
  SELECT 1 FROM below CROSS JOIN entry e
  WHERE e.directory = below.id AND e.end_run IS NULL AND e.first_run <= ?2
  UNION ALL
  SELECT 1 FROM below CROSS JOIN entry e
  WHERE e.directory = below.id AND e.end_run IS NOT NULL AND e.first_run <= ?2 AND e.end_run > ?2
  LIMIT 1`;

/** One directory on the way down: the rows that were read of it, and where to go on. */
interface Level {
  readonly id: number;
  readonly path: string;
  rows: SqlRow[];
  at: number;
  last: Uint8Array;
  ended: boolean;
  /** Implied, and to be told of as soon as something turns up below. */
  pending: boolean;
}

/**
 * A tree's entries as of a run: a directory before what it holds, names in byte order within each.
 * Holds 256 entries for each level of depth.
 */
export class Walk {
  readonly #driver: SqlDriver;
  readonly #run: number;
  readonly #recursive: boolean;

  constructor(driver: SqlDriver, run: number, recursive: boolean) {
    this.#driver = driver;
    this.#run = run;
    this.#recursive = recursive;
  }

  /**
   * @param after names below the directory; the walk goes on behind them
   * @throws {E_CORRUPT} for a tree deeper than 10,000
   */
  *below(directory: string, after: readonly string[] = []): Generator<CatalogueEntry> {
    const levels = this.#start(directory, after);
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const row = this.#nextRow(level);
      if (row === undefined) levels.pop();
      else if (row["id"] === null) yield* this.#implied(levels, level, row);
      else yield* this.#known(levels, level, row);
    }
  }

  /** True if anything lies below the directory in this run. O(directories below). */
  holdsSomething(directory: string): boolean {
    const id = directoryId(this.#driver, directory);
    return id !== undefined && this.#holds(id);
  }

  /** The directories that a walk stands in once it has come to these names. */
  #start(directory: string, after: readonly string[]): Level[] {
    const levels: Level[] = [];
    const id = directoryId(this.#driver, directory);
    if (id !== undefined) push(levels, id, directory, after[0]);
    let path = directory;
    for (const [at, name] of after.entries()) {
      path = joinPath(path, name);
      const child = this.#recursive ? directoryId(this.#driver, path) : undefined;
      const kind = entryAt(this.#driver, path, this.#run)?.kind ?? "directory";
      if (child === undefined || kind !== "directory") break;
      push(levels, child, path, after[at + 1]);
    }
    return levels;
  }

  *#known(levels: Level[], level: Level, row: SqlRow): Generator<CatalogueEntry> {
    for (const above of levels) {
      if (above.pending) yield impliedDirectory(above.path, this.#run);
      above.pending = false;
    }
    const entry = entryFrom(row, { path: () => level.path });
    yield entry;
    const child = row["child"];
    if (this.#recursive && entry.kind === "directory" && typeof child === "number") {
      push(levels, child, entry.path);
    }
  }

  *#implied(levels: Level[], level: Level, row: SqlRow): Generator<CatalogueEntry> {
    const path = joinPath(level.path, storedName(row["page_name"]));
    if (this.#recursive) push(levels, Number(row["child"]), path, "", true);
    else if (this.#holds(Number(row["child"]))) yield impliedDirectory(path, this.#run);
  }

  #holds(id: number): boolean {
    return this.#driver.prepare(anything).get(id, this.#run) !== undefined;
  }

  #nextRow(level: Level): SqlRow | undefined {
    if (level.at === level.rows.length && !level.ended) {
      level.rows = this.#driver.prepare(children).all(level.id, level.last, this.#run, chunk);
      level.at = 0;
      level.ended = level.rows.length < chunk;
      const name = level.rows.at(-1)?.["page_name"];
      if (name instanceof Uint8Array) level.last = name;
    }
    const row = level.rows[level.at];
    level.at += 1;
    return row;
  }
}

function push(levels: Level[], id: number, path: string, last = "", pending = false): void {
  if (levels.length >= deepest) {
    throw new ColdstowError("E_CORRUPT", "the catalogue is damaged: its tree has no end");
  }
  levels.push({ id, path, rows: [], at: 0, last: nameToBytes(last), ended: false, pending });
}
