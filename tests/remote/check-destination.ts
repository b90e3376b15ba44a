import { Catalogue, type SqlDriver } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import type { RemoteServer } from "./remote-server.ts";

interface Known {
  readonly key: string;
  readonly sha256: string;
}

const countedCopies = `SELECT p.key, p.sha256 FROM copy k
  JOIN pack p ON p.id = k.pack JOIN destination d ON d.id = k.destination
  WHERE d.name = ? AND k.state = 'stored' AND p.state = 'stored'`;

/** A copy that was on its way when a run was cut counts for nothing; its time is 0. */
const catalogueCopies = `SELECT c.key, c.sha256 FROM catalogue_copy c
  JOIN destination d ON d.id = c.destination WHERE d.name = ? AND c.stored_ns > 0`;

const besides = ["README-RECOVERY.txt", "identity.age"];

/**
 * What the catalogue counts as stored at a destination and is not there, byte for byte, as the server itself
 * says it; and where the catalogue contradicts itself. To be asked after a run has ended in whatever way.
 * Memory: one object.
 */
export async function missingOrWrong(
  archive: string,
  destination: string,
  server: RemoteServer,
): Promise<string[]> {
  const { known, problems } = await inCatalogue(archive, async (driver, catalogue) => {
    const found: string[] = [];
    for await (const { message } of catalogue.integrityCheck()) found.push(message);
    return { known: counted(driver, destination), problems: found };
  });
  for (const { key, sha256 } of known) {
    // A listing may lag behind; what can be read is there.
    const there = await server.sha256(key).catch((error: unknown) => String(error));
    if (there !== sha256)
      problems.push(`${destination} has not ${key}, which is counted: ${there}`);
  }
  return problems;
}

/** What lies at a destination and in no catalogue, or the other way round, after a run that was not cut. */
export async function leftOver(
  archive: string,
  destination: string,
  server: RemoteServer,
): Promise<string[]> {
  const { known, problems } = await inCatalogue(archive, async (driver) => {
    const unfinished = [
      ...driver.prepare("SELECT key FROM pack WHERE state = 'planned'").all(),
      ...driver.prepare("SELECT key FROM catalogue_copy WHERE stored_ns = 0").all(),
    ];
    return {
      known: counted(driver, destination),
      problems: unfinished.map((row) => `still planned: ${String(row["key"])}`),
    };
  });
  const expected = new Set([...besides, ...known.map(({ key }) => key)]);
  const names = await server.names();
  for (const name of names.keys()) {
    if (!expected.has(name)) problems.push(`${destination} holds ${name}, which nobody knows`);
  }
  for (const name of besides) {
    if (names.has(name)) continue;
    const error = await server.sha256(name).then(() => undefined, String);
    if (error !== undefined) problems.push(`${destination} has no ${name}: ${error}`);
  }
  return problems;
}

/** The keys of the packs that are counted at a destination. */
export async function countedKeys(archive: string, destination: string): Promise<string[]> {
  return inCatalogue(archive, async (driver) =>
    rows(driver, countedCopies, destination).map(({ key }) => key),
  );
}

/** The packs that hold the files below a folder of the archive (one level of folders), by the catalogue alone. */
export async function packsOfFolder(archive: string, folder: string): Promise<Set<string>> {
  const wanted = `WITH RECURSIVE path (id, name) AS (
      SELECT id, CAST(name AS TEXT) FROM directory WHERE parent = 1
      UNION ALL SELECT d.id, path.name || '/' || CAST(d.name AS TEXT)
        FROM directory d JOIN path ON d.parent = path.id)
    SELECT DISTINCT p.key FROM entry e JOIN path ON path.id = e.directory
      LEFT JOIN content_slice s ON s.content = e.content
      JOIN placement l ON l.content = coalesce(s.slice, e.content) JOIN pack p ON p.id = l.pack
    WHERE e.end_run IS NULL AND (path.name = ?1 OR path.name LIKE ?1 || '/%')`;
  return inCatalogue(
    archive,
    async (driver) =>
      new Set(
        driver
          .prepare(wanted)
          .all(folder)
          .map((row) => String(row["key"])),
      ),
  );
}

function counted(driver: SqlDriver, destination: string): Known[] {
  return [
    ...rows(driver, countedCopies, destination),
    ...rows(driver, catalogueCopies, destination),
  ];
}

function rows(driver: SqlDriver, sql: string, destination: string): Known[] {
  return driver
    .prepare(sql)
    .all(destination)
    .map(({ key, sha256 }) => ({
      key: String(key),
      sha256: sha256 instanceof Uint8Array ? Buffer.from(sha256).toString("hex") : "",
    }));
}

async function inCatalogue<T>(
  archive: string,
  use: (driver: SqlDriver, catalogue: Catalogue) => Promise<T>,
): Promise<T> {
  const driver = openNodeDriver(archive);
  const catalogue = await Catalogue.open(driver);
  try {
    return await use(driver, catalogue);
  } finally {
    await catalogue.close();
  }
}
