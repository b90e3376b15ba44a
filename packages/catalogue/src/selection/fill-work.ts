import type { SqlDriver } from "../driver.ts";
import type { SelectionTables } from "./selection-tables.ts";

/**
 * Chooses, for every content that a selected file needs, where to read it: a pack of which an active
 * destination holds a sound copy before one of which none does, the whole content before its
 * slices, the earlier pack before the later. A content of no bytes needs nothing.
 * O(wanted · log), inside SQLite.
 */
export function fillWork(driver: SqlDriver, tables: SelectionTables): void {
  driver.exec(
    `INSERT INTO ${tables.wanted}
     SELECT DISTINCT s.content, c.size = 0 FROM ${tables.entry} s JOIN content c ON c.id = s.content
     WHERE s.kind = 'file' AND s.content IS NOT NULL ORDER BY 1`,
  );
  driver.exec(
    `INSERT INTO ${tables.pack} (pack, good)
     SELECT p.id, EXISTS (SELECT 1 FROM copy c JOIN destination d ON d.id = c.destination
       WHERE c.pack = p.id AND c.state = 'stored' AND d.state = 'active')
     FROM pack p WHERE p.state = 'stored' ORDER BY p.key`,
  );
  for (const good of [1, 0]) {
    addWhole(driver, tables, good);
    addSliced(driver, tables, good);
  }
}

/** The rank of the best pack that holds a content. */
function bestPack(tables: SelectionTables, content: string, good: number): string {
  return `(SELECT k.rank FROM placement b JOIN ${tables.pack} k ON k.pack = b.pack
    WHERE b.content = ${content} AND k.good >= ${good} ORDER BY k.good DESC, k.rank LIMIT 1)`;
}

function addWhole(driver: SqlDriver, tables: SelectionTables, good: number): void {
  driver.exec(
    `INSERT INTO ${tables.work} (rank, offset, content, position, piece, length, sparse)
     SELECT w.rank, p.offset, w.content, 0, w.content, p.length, p.sparse
     FROM (SELECT content, ${bestPack(tables, "a.content", good)} AS rank FROM ${tables.wanted} a WHERE done = 0) w
       CROSS JOIN ${tables.pack} k ON k.rank = w.rank
       CROSS JOIN placement p ON p.content = w.content AND p.pack = k.pack
     ORDER BY 1, 2`,
  );
  markDone(driver, tables);
}

function addSliced(driver: SqlDriver, tables: SelectionTables, good: number): void {
  driver.exec(
    `INSERT INTO ${tables.work} (rank, offset, content, position, piece, length, sparse)
     SELECT s.rank, p.offset, s.content, s.position, s.slice, p.length, p.sparse
     FROM (SELECT a.content AS content, cs.slice AS slice, ${bestPack(tables, "cs.slice", good)} AS rank,
         sum(c.size) OVER (PARTITION BY a.content ORDER BY cs.n) - c.size AS position
       FROM ${tables.wanted} a CROSS JOIN content_slice cs ON cs.content = a.content
         CROSS JOIN content c ON c.id = cs.slice
       WHERE a.done = 0 AND NOT EXISTS (SELECT 1 FROM content_slice o
         WHERE o.content = a.content AND ${bestPack(tables, "o.slice", good)} IS NULL)) s
       CROSS JOIN ${tables.pack} k ON k.rank = s.rank
       CROSS JOIN placement p ON p.content = s.slice AND p.pack = k.pack
     ORDER BY 1, 2`,
  );
  markDone(driver, tables);
}

function markDone(driver: SqlDriver, tables: SelectionTables): void {
  driver.exec(
    `UPDATE ${tables.wanted} SET done = 1 WHERE done = 0 AND content IN (SELECT content FROM ${tables.work})`,
  );
}
