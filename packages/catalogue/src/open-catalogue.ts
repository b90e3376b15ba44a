import { ColdstowError } from "@coldstow/contracts";
import type { SqlDriver } from "./driver.ts";
import { writeMeta } from "./meta.ts";
import { migrate, migrations, type Migration } from "./migrations.ts";
import { applicationId, schema, schemaVersion } from "./schema.ts";

export interface NewCatalogue {
  readonly archiveId: string;
  readonly name: string;
  readonly createdNs: bigint;
}

/** Below this size a whole `quick_check` takes a few milliseconds; above, small tables are checked. */
const wholeCheckBytes = 16 * 1024 * 1024;
const smallTables = ["meta", "run", "destination", "disc_set", "disc"];

/**
 * Makes the tables in an empty database, in one transaction.
 * @throws {E_EXISTS} if the database has anything in it; it is not changed
 */
export function createCatalogue(driver: SqlDriver, facts: NewCatalogue): void {
  driver.transaction(() => {
    if (driver.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined) {
      throw new ColdstowError(
        "E_EXISTS",
        "there is a database already where the catalogue was to be made; it was not changed",
      );
    }
    driver.exec(schema);
    driver.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
    writeMeta(driver, {
      archive_id: facts.archiveId,
      name: facts.name,
      created_ns: facts.createdNs.toString(),
    });
  });
}

/**
 * Checks that an open database is a catalogue that this version understands, and raises an older
 * one of coldstow's own. Cheap: it reads a whole file up to 16 MiB, the small tables of a larger.
 * @throws {E_OLD_FORMAT | E_NEWER_FORMAT | E_FORMAT | E_CORRUPT}
 */
export function checkCatalogue(
  driver: SqlDriver,
  readOnly: boolean,
  steps: readonly Migration[] = migrations,
): void {
  const tables = tablesOf(driver);
  const id = pragma(driver, "application_id");
  const version = pragma(driver, "user_version");
  if (id !== applicationId) throw foreign(tables);
  if (version > schemaVersion) {
    throw new ColdstowError(
      "E_NEWER_FORMAT",
      `the catalogue has format ${version}; this coldstow knows formats up to ${schemaVersion}. It was not changed`,
    );
  }
  quickCheck(driver, tables);
  if (version < schemaVersion) {
    if (readOnly) {
      throw new ColdstowError(
        "E_OLD_FORMAT",
        `the catalogue has format ${version} and was opened for reading only, so it cannot be raised to ${schemaVersion}`,
      );
    }
    migrate(driver, version, schemaVersion, steps);
  }
  const missing = expectedTables().find((name) => !tablesOf(driver).has(name));
  if (missing !== undefined) throw corrupt(`the table "${missing}" is missing`);
  const root = driver.prepare("SELECT parent, length(name) AS n FROM directory WHERE id = 1").get();
  if (root?.["parent"] !== null || root["n"] !== 0) throw corrupt("its tree has no root");
  if (driver.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'trigger'").get() !== undefined) {
    throw corrupt("it has triggers, which coldstow never makes");
  }
}

function tablesOf(driver: SqlDriver): ReadonlySet<string> {
  const rows = driver.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return new Set(rows.map((row) => String(row["name"])));
}

function expectedTables(): string[] {
  return [...schema.matchAll(/CREATE TABLE (\w+)/g)].map((match) => match[1] ?? "");
}

function pragma(driver: SqlDriver, name: string): number {
  return Number(Object.values(driver.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

function foreign(tables: ReadonlySet<string>): ColdstowError {
  if (tables.has("files_to_archive") || (tables.has("tars") && tables.has("json"))) {
    return new ColdstowError(
      "E_OLD_FORMAT",
      "this is an archive of pyArchiver; it was not changed",
      { hint: "Convert it: coldstow update FILE." },
    );
  }
  return new ColdstowError(
    "E_FORMAT",
    "this is a SQLite database, but not a catalogue of coldstow; it was not changed",
  );
}

function corrupt(what: string): ColdstowError {
  return new ColdstowError("E_CORRUPT", `the catalogue is damaged: ${what}; it was not changed`);
}

function quickCheck(driver: SqlDriver, tables: ReadonlySet<string>): void {
  const bytes = pragma(driver, "page_count") * pragma(driver, "page_size");
  const checks =
    bytes <= wholeCheckBytes
      ? ["PRAGMA quick_check(1)"]
      : smallTables
          .filter((table) => tables.has(table))
          .map((table) => `PRAGMA quick_check(${table})`);
  for (const check of checks) {
    const result = Object.values(driver.prepare(check).get() ?? {})[0];
    if (result !== "ok") throw corrupt(String(result));
  }
}
