import type { SqlDriver, SqlRow } from "../driver.ts";
import type { Pack } from "../packs.ts";
import { pageLimit, pageOf, type Page } from "../page.ts";
import type { SelectionTables } from "./selection-tables.ts";

/** A piece to read from a pack: a whole content, or one slice of it. */
export interface PackWork {
  readonly pack: Pick<Pack, "id" | "key" | "format" | "sealed">;
  /** The content that files want. */
  readonly content: number;
  readonly sha256: Uint8Array | null;
  readonly sizeBytes: number;
  /** The piece is these bytes of the content. */
  readonly piece: {
    readonly content: number;
    readonly sha256: Uint8Array | null;
    readonly startByte: number;
    readonly sizeBytes: number;
  };
  /** Where the piece's stored form begins in the tar, and how long it is. */
  readonly offset: number;
  readonly storedBytes: number;
  /** Stored as a sparse file: its map, then its data (docs/formats/pack.md). */
  readonly sparse: boolean;
}

/** Where a page of work ended. */
export interface WorkCursor {
  readonly rank: number;
  readonly offset: number;
  readonly content: number;
  readonly position: number;
}

export interface WorkOptions {
  /** Only what lies in this pack. */
  readonly pack?: number;
  readonly after?: WorkCursor;
  readonly limit?: number;
}

/** Pieces to read, by the key of their pack, then by their place in it. */
export function packWork(
  driver: SqlDriver,
  tables: SelectionTables,
  options: WorkOptions,
): Page<PackWork, WorkCursor> {
  const limit = pageLimit(options.limit);
  const last = lastRank(driver, tables, options.pack);
  const { rank, offset, content, position } = options.after ?? {
    rank: options.pack === undefined ? 0 : last,
    offset: -1,
    content: 0,
    position: 0,
  };
  const rows = driver
    .prepare(
      `SELECT w.rank AS rank, w.offset AS offset, w.content AS content, w.position AS position,
         w.piece AS piece, w.length AS length, w.sparse AS sparse, c.sha256 AS sha256, c.size AS size,
         s.sha256 AS piece_sha256, s.size AS piece_size,
         p.id AS pack, p.key AS key, p.format AS format, p.sealed AS sealed
       FROM ${tables.work} w CROSS JOIN ${tables.pack} k ON k.rank = w.rank JOIN pack p ON p.id = k.pack
         JOIN content c ON c.id = w.content JOIN content s ON s.id = w.piece
       WHERE (w.rank, w.offset, w.content, w.position) > (?1, ?2, ?3, ?4) AND w.rank <= ?5
       ORDER BY w.rank, w.offset, w.content, w.position LIMIT ?6`,
    )
    .all(rank, offset, content, position, last, limit + 1);
  const page = pageOf(rows, limit, (row) => ({
    rank: Number(row["rank"]),
    offset: Number(row["offset"]),
    content: Number(row["content"]),
    position: Number(row["position"]),
  }));
  return { rows: page.rows.map(workFrom), next: page.next };
}

function lastRank(driver: SqlDriver, tables: SelectionTables, pack: number | undefined): number {
  if (pack === undefined) return Number.MAX_SAFE_INTEGER;
  const row = driver.prepare(`SELECT rank FROM ${tables.pack} WHERE pack = ?`).get(pack);
  return Number(row?.["rank"] ?? 0);
}

function workFrom(row: SqlRow): PackWork {
  const { sha256, piece_sha256: pieceSha256 } = row;
  return {
    pack: {
      id: Number(row["pack"]),
      key: String(row["key"]),
      format: row["format"] as Pack["format"],
      sealed: row["sealed"] !== 0,
    },
    content: Number(row["content"]),
    sha256: sha256 instanceof Uint8Array ? sha256 : null,
    sizeBytes: Number(row["size"]),
    piece: {
      content: Number(row["piece"]),
      sha256: pieceSha256 instanceof Uint8Array ? pieceSha256 : null,
      startByte: Number(row["position"]),
      sizeBytes: Number(row["piece_size"]),
    },
    offset: Number(row["offset"]),
    storedBytes: Number(row["length"]),
    sparse: row["sparse"] !== 0,
  };
}
