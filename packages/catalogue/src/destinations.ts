import { ColdstowError } from "@coldstow/contracts";
import type { SqlDriver, SqlRow } from "./driver.ts";
import { nsColumn, nsFrom } from "./time-ns.ts";

export interface Destination {
  readonly id: number;
  /** As in the ini: "local", "sftp:nas". */
  readonly name: string;
  readonly scheme: string;
  /** Without secrets. */
  readonly settings: Readonly<Record<string, string>>;
  /** A removed destination is kept, because copies were there. */
  readonly state: "active" | "removed";
  readonly addedNs: bigint;
}

export interface NewDestination {
  readonly name: string;
  readonly scheme: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly addedNs: bigint;
}

const columns = `id, name, scheme, settings, state, ${nsColumn("added_ns", "added")}`;

/** Every destination, in the order in which they were added. */
export function listDestinations(driver: SqlDriver): Destination[] {
  return driver
    .prepare(`SELECT ${columns} FROM destination ORDER BY id`)
    .all()
    .map(destinationFrom);
}

/**
 * Adds a destination, or makes a removed one of that name active again with these settings.
 * @returns its id
 * @throws {E_EXISTS} if an active one has the name
 */
export function addDestination(driver: SqlDriver, added: NewDestination): number {
  return driver.transaction(() => {
    const { name, scheme, addedNs } = added;
    const settings = JSON.stringify(added.settings);
    const known = driver.prepare("SELECT id, state FROM destination WHERE name = ?").get(name);
    if (known === undefined) {
      return driver
        .prepare("INSERT INTO destination (name, scheme, settings, added_ns) VALUES (?, ?, ?, ?)")
        .run(name, scheme, settings, addedNs).lastId;
    }
    if (known["state"] === "active") {
      throw new ColdstowError("E_EXISTS", `the archive has a destination "${name}" already`, {
        subject: name,
      });
    }
    const id = Number(known["id"]);
    driver
      .prepare("UPDATE destination SET scheme = ?, settings = ?, state = 'active' WHERE id = ?")
      .run(scheme, settings, id);
    return id;
  });
}

/** Replaces the settings. @throws {E_NOT_FOUND} */
export function updateDestination(
  driver: SqlDriver,
  id: number,
  settings: Readonly<Record<string, string>>,
): void {
  changeOne(
    driver,
    "UPDATE destination SET settings = ? WHERE id = ?",
    JSON.stringify(settings),
    id,
  );
}

/** Marks it as no longer used; what is known of its copies stays. @throws {E_NOT_FOUND} */
export function removeDestination(driver: SqlDriver, id: number): void {
  changeOne(driver, "UPDATE destination SET state = ? WHERE id = ?", "removed", id);
}

function changeOne(driver: SqlDriver, sql: string, value: string, id: number): void {
  if (driver.prepare(sql).run(value, id).changes === 1) return;
  throw new ColdstowError("E_NOT_FOUND", `the archive has no destination ${id}`);
}

function destinationFrom(row: SqlRow): Destination {
  return {
    id: Number(row["id"]),
    name: String(row["name"]),
    scheme: String(row["scheme"]),
    settings: settingsFrom(String(row["settings"])),
    state: row["state"] as Destination["state"],
    addedNs: nsFrom(row["added"]),
  };
}

function settingsFrom(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    return Object.fromEntries(
      Object.entries(value ?? {}).filter((pair) => typeof pair[1] === "string"),
    ) as Record<string, string>;
  } catch (error) {
    throw new ColdstowError(
      "E_CORRUPT",
      "the catalogue is damaged: a destination's settings are not JSON",
      { cause: error },
    );
  }
}
