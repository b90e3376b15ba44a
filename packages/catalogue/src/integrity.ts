import { displayPath } from "@coldstow/contracts";
import type { SqlDriver, SqlRow, SqlValue } from "./driver.ts";

/** Something in a catalogue that contradicts its format (docs/formats/catalogue.md, "What must hold"). */
export interface IntegrityFinding {
  readonly check: string;
  /** One sentence for a person. */
  readonly message: string;
}

interface Check {
  readonly check: string;
  readonly sql: string;
  /** Undefined for a row that is in order. */
  readonly say: (row: SqlRow) => string | undefined;
}

const id = (row: SqlRow): string => show(row["id"]);

const checks: readonly Check[] = [
  {
    check: "sqlite",
    sql: "PRAGMA integrity_check(100)",
    say: (row) => {
      const text = show(Object.values(row)[0]);
      return text === "ok" ? undefined : `SQLite says: ${text}`;
    },
  },
  {
    check: "reference",
    sql: "PRAGMA foreign_key_check",
    say: (row) =>
      `row ${show(row["rowid"])} of ${show(row["table"])} refers to a row of ${show(row["parent"])} that is not there`,
  },
  {
    check: "content",
    sql: `SELECT e.id AS id FROM entry e JOIN run r ON r.id = e.first_run
      WHERE e.kind = 'file' AND e.content IS NULL AND r.kind <> 'update'`,
    say: (row) => `entry ${id(row)} is a file without content, and no older format explains it`,
  },
  {
    check: "content",
    sql: "SELECT id FROM entry WHERE kind <> 'file' AND content IS NOT NULL",
    say: (row) => `entry ${id(row)} has content and is no file`,
  },
  {
    check: "size",
    sql: `SELECT e.id AS id, e.size AS entry, c.size AS content FROM entry e JOIN content c ON c.id = e.content
      WHERE e.size <> c.size`,
    say: (row) =>
      `entry ${id(row)} has ${show(row["entry"])} bytes, its content ${show(row["content"])}`,
  },
  {
    check: "digest",
    sql: `SELECT id FROM content WHERE sha256 IS NULL AND id NOT IN (SELECT content FROM content_digest)`,
    say: (row) => `content ${id(row)} has no digest`,
  },
  {
    check: "slices",
    sql: `SELECT w.id AS id, w.size AS size, sum(p.size) AS sum, count(*) AS n, max(s.n) - min(s.n) + 1 AS span
      FROM content_slice s JOIN content w ON w.id = s.content JOIN content p ON p.id = s.slice
      GROUP BY s.content HAVING sum(p.size) <> w.size OR span <> count(*)`,
    say: (row) =>
      `the ${show(row["n"])} slices of content ${id(row)} hold ${show(row["sum"])} of its ${show(row["size"])} bytes`,
  },
  {
    check: "placement",
    sql: `SELECT DISTINCT p.key AS key FROM placement l JOIN pack p ON p.id = l.pack WHERE p.state = 'planned'`,
    say: (row) => `pack ${show(row["key"])} is said to hold contents, and was never stored`,
  },
  {
    check: "placement",
    sql: `SELECT key FROM pack WHERE state = 'stored' AND format <> 'pyarchiver'
      AND (size IS NULL OR sha256 IS NULL)`,
    say: (row) => `pack ${show(row["key"])} is stored, and its size or digest is not known`,
  },
  {
    check: "versions",
    sql: `SELECT id FROM (SELECT id, first_run,
        lag(coalesce(end_run, 9223372036854775807)) OVER
          (PARTITION BY directory, name ORDER BY first_run, coalesce(end_run, 9223372036854775807)) AS before
      FROM entry) WHERE before > first_run`,
    say: (row) => `entry ${id(row)} begins before the version ahead of it has ended`,
  },
  {
    check: "tree",
    sql: `WITH RECURSIVE below (id) AS (SELECT 1 UNION SELECT d.id FROM below JOIN directory d ON d.parent = below.id)
      SELECT id FROM directory WHERE id NOT IN (SELECT id FROM below)`,
    say: (row) => `directory ${id(row)} does not lie under the root`,
  },
  {
    check: "name",
    sql: `SELECT id, name FROM entry WHERE ${badName()} UNION ALL
      SELECT id, name FROM directory WHERE id <> 1 AND ${badName()}`,
    say: (row) => `"${show(row["name"])}" cannot be the name of a file (id ${id(row)})`,
  },
];

/**
 * Everything that {@link checkCatalogue} has no time for. O(catalogue · log); a finding at a time.
 * Nothing is changed.
 */
export function* integrityCheck(driver: SqlDriver): Generator<IntegrityFinding> {
  for (const { check, sql, say } of checks) {
    for (const row of driver.prepare(sql).iterate()) {
      const message = say(row);
      if (message !== undefined) yield { check, message };
    }
  }
}

function badName(): string {
  return "(name IN (x'', x'2e', x'2e2e') OR instr(name, x'2f') > 0 OR instr(name, x'00') > 0)";
}

function show(value: SqlValue | undefined): string {
  if (value instanceof Uint8Array) return displayPath(String.fromCharCode(...value.slice(0, 255)));
  return displayPath(String(value));
}
