import type { SqlDriver, SqlValue } from "../driver.ts";
import { entryColumns, entryFrom, type CatalogueEntry } from "../entry.ts";
import { pageLimit, pageOf, type Page } from "../page.ts";
import { DirectoryPaths } from "../path-tree.ts";
import { fillEntries, type SelectionOptions } from "./fill-entries.ts";
import { fillWork } from "./fill-work.ts";
import { packWork, type PackWork, type WorkCursor, type WorkOptions } from "./pack-work.ts";
import {
  dropSelectionTables,
  makeSelectionTables,
  type SelectionTables,
} from "./selection-tables.ts";

export interface PageOptions<C> {
  readonly after?: C | undefined;
  readonly limit?: number;
}

/** A selected directory; `asked` is false for one that only lies on the way to what was asked for. */
export interface SelectedDirectory extends CatalogueEntry {
  readonly depth: number;
  readonly asked: boolean;
}

export interface DirectoryCursor {
  readonly depth: number;
  readonly id: number;
}

/** A pack that is needed, and how much of it. */
export interface NeededPack {
  readonly id: number;
  readonly key: string;
  /** Of the whole object. */
  readonly objectBytes: number;
  /** Of the pieces that are needed, as they are stored. */
  readonly neededBytes: number;
  readonly pieces: number;
}

export interface SelectionTotals {
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly fileBytes: number;
  readonly packs: number;
  /** Of the pieces to read. */
  readonly neededBytes: number;
  /** Files whose bytes no stored pack holds. */
  readonly missing: number;
}

/**
 * What a restore is about, as of one run: kept in temporary tables of the catalogue's connection,
 * and read a page at a time. Memory does not grow with it. Close it to drop the tables.
 */
export class Selection {
  readonly #driver: SqlDriver;
  readonly #tables: SelectionTables;
  readonly #paths: DirectoryPaths;

  private constructor(driver: SqlDriver) {
    this.#driver = driver;
    this.#tables = makeSelectionTables(driver);
    this.#paths = new DirectoryPaths(driver);
  }

  /** @throws {E_NOT_FOUND} naming a path at which nothing lay in that run */
  static open(driver: SqlDriver, options: SelectionOptions): Selection {
    const selection = new Selection(driver);
    try {
      fillEntries(driver, selection.#tables, options);
      fillWork(driver, selection.#tables);
      return selection;
    } catch (error) {
      dropSelectionTables(driver, selection.#tables);
      throw error;
    }
  }

  async close(): Promise<void> {
    dropSelectionTables(this.#driver, this.#tables);
  }

  /** O(selected). */
  async totals(): Promise<SelectionTotals> {
    const { entry, work } = this.#tables;
    const one = (sql: string): Record<string, SqlValue> => this.#driver.prepare(sql).get() ?? {};
    const entries = one(
      `SELECT count(*) FILTER (WHERE s.kind = 'file') AS files, count(*) FILTER (WHERE s.kind = 'directory') AS directories,
         count(*) FILTER (WHERE s.kind = 'symlink') AS symlinks,
         coalesce(sum(e.size) FILTER (WHERE s.kind = 'file'), 0) AS bytes
       FROM ${entry} s JOIN entry e ON e.id = s.entry`,
    );
    const pieces = one(
      `SELECT count(DISTINCT rank) AS packs, coalesce(sum(length), 0) AS bytes FROM ${work}`,
    );
    const lost = one(`SELECT count(*) AS n FROM ${entry} s WHERE ${this.#isMissing}`);
    return {
      files: Number(entries["files"]),
      directories: Number(entries["directories"]),
      symlinks: Number(entries["symlinks"]),
      fileBytes: Number(entries["bytes"]),
      packs: Number(pieces["packs"]),
      neededBytes: Number(pieces["bytes"]),
      missing: Number(lost["n"]),
    };
  }

  /** The directories, parents before children, or the reverse with `deepestFirst`. */
  async directories(
    options: PageOptions<DirectoryCursor> & { readonly deepestFirst?: boolean } = {},
  ): Promise<Page<SelectedDirectory, DirectoryCursor>> {
    const limit = pageLimit(options.limit);
    const [beyond, order] = options.deepestFirst === true ? ["<", "DESC"] : [">", "ASC"];
    const start = options.deepestFirst === true ? Number.MAX_SAFE_INTEGER : -1;
    const rows = this.#driver
      .prepare(
        `SELECT s.depth AS depth, t.asked AS asked, ${entryColumns} FROM ${this.#tables.directory} s
           CROSS JOIN entry e ON e.id = s.entry JOIN ${this.#tables.entry} t ON t.entry = s.entry
           LEFT JOIN content c ON c.id = e.content
         WHERE (s.depth, s.entry) ${beyond} (?, ?)
         ORDER BY s.depth ${order}, s.entry ${order} LIMIT ?`,
      )
      .all(options.after?.depth ?? start, options.after?.id ?? start, limit + 1);
    const directories = rows.map((row) =>
      Object.assign(entryFrom(row, this.#paths), {
        depth: Number(row["depth"]),
        asked: row["asked"] === 1,
      }),
    );
    return pageOf(directories, limit, ({ depth, id }) => ({ depth, id }));
  }

  async symlinks(options: PageOptions<number> = {}): Promise<Page<CatalogueEntry, number>> {
    return this.#entries("s.kind = 'symlink'", options);
  }

  async files(options: PageOptions<number> = {}): Promise<Page<CatalogueEntry, number>> {
    return this.#entries("s.kind = 'file'", options);
  }

  /** Files whose bytes no stored pack holds: on discs only, deleted, or never read. */
  async missing(options: PageOptions<number> = {}): Promise<Page<CatalogueEntry, number>> {
    return this.#entries(this.#isMissing, options);
  }

  /** Every selected file that has this content, a page at a time. */
  async filesOf(
    content: number,
    options: PageOptions<number> = {},
  ): Promise<Page<CatalogueEntry, number>> {
    return this.#entries("s.content = ?3", options, content);
  }

  /** Pieces to read, by the key of their pack, then by their place in it. */
  async packWork(options: WorkOptions = {}): Promise<Page<PackWork, WorkCursor>> {
    return packWork(this.#driver, this.#tables, options);
  }

  /** The packs that are needed, by key; `after` is the id of the last one known. */
  async neededPacks(options: PageOptions<number> = {}): Promise<Page<NeededPack, number>> {
    const limit = pageLimit(options.limit);
    const { pack, work } = this.#tables;
    const rows = this.#driver
      .prepare(
        `SELECT p.id AS id, p.key AS key, coalesce(p.size, 0) AS size, sum(w.length) AS needed, count(*) AS pieces
         FROM ${work} w CROSS JOIN ${pack} k ON k.rank = w.rank JOIN pack p ON p.id = k.pack
         WHERE w.rank > coalesce((SELECT rank FROM ${pack} WHERE pack = ?), 0)
         GROUP BY w.rank ORDER BY w.rank LIMIT ?`,
      )
      .all(options.after ?? null, limit + 1);
    const packs = rows.map((row) => ({
      id: Number(row["id"]),
      key: String(row["key"]),
      objectBytes: Number(row["size"]),
      neededBytes: Number(row["needed"]),
      pieces: Number(row["pieces"]),
    }));
    return pageOf(packs, limit, (last) => last.id);
  }

  get #isMissing(): string {
    return `s.kind = 'file' AND (s.content IS NULL
      OR (SELECT done FROM ${this.#tables.wanted} n WHERE n.content = s.content) = 0)`;
  }

  #entries(
    where: string,
    options: PageOptions<number>,
    ...values: SqlValue[]
  ): Page<CatalogueEntry, number> {
    const limit = pageLimit(options.limit);
    const rows = this.#driver
      .prepare(
        `SELECT ${entryColumns} FROM ${this.#tables.entry} s CROSS JOIN entry e ON e.id = s.entry
           LEFT JOIN content c ON c.id = e.content
         WHERE s.entry > ?1 AND ${where} ORDER BY s.entry LIMIT ?2`,
      )
      .all(options.after ?? 0, limit + 1, ...values);
    return pageOf(
      rows.map((row) => entryFrom(row, this.#paths)),
      limit,
      (last) => last.id,
    );
  }
}
