import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import initSqlJs from "sql.js";
import { afterAll } from "vitest";
import type { SqlDriver } from "../src/driver.ts";
import { openNodeDriver } from "../src/node.ts";
import { openSqlJsDriver } from "../src/sqljs.ts";

/** A folder that is gone after the tests of the file that asked for it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "coldstow-catalogue-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface DriverKind {
  readonly engine: string;
  /** An empty database. */
  readonly empty: () => SqlDriver;
}

/** Both engines, for `describe.each`. */
export async function bothDrivers(): Promise<DriverKind[]> {
  const SQL = await initSqlJs();
  const folder = temporaryFolder();
  let count = 0;
  return [
    {
      engine: "node:sqlite",
      empty: () => openNodeDriver(join(folder, `${(count += 1)}.archive`), { create: true }),
    },
    { engine: "sql.js", empty: () => openSqlJsDriver(new SQL.Database()) },
  ];
}
