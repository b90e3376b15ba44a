import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { Catalogue, type SqlDriver } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import type { Place } from "./session.ts";

/** What the catalogue vouches for: one line for each version of each name. */
export type Committed = ReadonlySet<string>;

const entries = `SELECT e.directory || ' ' || hex(e.name) || ' run ' || e.first_run || ' ' || e.kind || ' '
    || coalesce(hex(c.sha256), '-') || ' ' || coalesce(hex(e.target), '-') AS line
  FROM entry e LEFT JOIN content c ON c.id = e.content`;

/** Files of which not all bytes lie in stored packs with a stored copy. */
const unreachable = `WITH reachable (content) AS (
    SELECT l.content FROM placement l JOIN pack p ON p.id = l.pack JOIN copy k ON k.pack = p.id
    WHERE p.state = 'stored' AND k.state = 'stored')
  SELECT e.id FROM entry e JOIN content c ON c.id = e.content
  WHERE c.size > 0 AND e.content NOT IN (SELECT content FROM reachable)
    AND (NOT EXISTS (SELECT 1 FROM content_slice s WHERE s.content = c.id)
      OR EXISTS (SELECT 1 FROM content_slice s WHERE s.content = c.id
        AND s.slice NOT IN (SELECT content FROM reachable)))`;

/**
 * What is wrong after a run ended in whatever way: contradictions in the catalogue, committed packs
 * that are missing or differ, and committed names of `before` that are gone or out of reach.
 */
export async function checkCommitted(
  place: Place,
  before: Committed = new Set(),
): Promise<{ readonly problems: string[]; readonly committed: Committed }> {
  return inCatalogue(place, async (driver, catalogue) => {
    const problems: string[] = [];
    for await (const finding of catalogue.integrityCheck()) problems.push(finding.message);
    for (const pack of driver
      .prepare("SELECT key, sha256 FROM pack WHERE state = 'stored'")
      .all()) {
      checkObject(place, String(pack["key"]), pack["sha256"], problems);
    }
    const copies = "SELECT count(*) AS n FROM pack p WHERE state = 'stored' AND id NOT IN";
    const bare = driver.prepare(`${copies} (SELECT pack FROM copy WHERE state = 'stored')`).get();
    if (bare?.["n"] !== 0) problems.push(`${String(bare?.["n"])} stored packs have no copy`);
    for (const row of driver.prepare(unreachable).all()) {
      problems.push(`entry ${String(row["id"])} is committed and its bytes are in no stored pack`);
    }
    const committed = new Set<string>();
    for (const row of driver.prepare(entries).iterate()) committed.add(String(row["line"]));
    for (const line of before) if (!committed.has(line)) problems.push(`lost: ${line}`);
    return { problems, committed };
  });
}

/** What is left over, or not brought to its end, after a run that was not cut. */
export async function checkSettled(place: Place): Promise<string[]> {
  const allowed = new Set(["t.archive", "t.archive.lock"]);
  const besides = readdirSync(place.work).filter((name) => !allowed.has(name));
  return inCatalogue(place, async (driver) => {
    const problems = besides.map((name) => `left beside the archive: ${name}`);
    const keys = (sql: string): Set<string> =>
      new Set(
        driver
          .prepare(sql)
          .all()
          .map((row) => String(row["key"])),
      );
    const packs = keys("SELECT key FROM pack WHERE state = 'stored'");
    const catalogues = keys("SELECT key FROM catalogue_copy");
    for (const path of filesBelow(place.destination)) {
      if (path.endsWith(".partial")) problems.push(`left behind: ${path}`);
      else if (path.startsWith("packs/") && !packs.has(path)) problems.push(`orphan: ${path}`);
      else if (path.startsWith("catalogue/") && !catalogues.has(path)) {
        problems.push(`orphan: ${path}`);
      }
    }
    for (const row of driver.prepare("SELECT key, sha256 FROM catalogue_copy").all()) {
      checkObject(place, String(row["key"]), row["sha256"], problems);
    }
    const planned = driver.prepare("SELECT key FROM pack WHERE state = 'planned'").all();
    for (const row of planned) problems.push(`still planned: ${String(row["key"])}`);
    const open = driver.prepare("SELECT id FROM run WHERE state = 'running'").all();
    for (const row of open) problems.push(`run ${String(row["id"])} still says it is running`);
    // Every entry and pack belongs to a run, so a copy as new as the newest such run holds them all.
    const stale = driver
      .prepare(
        `SELECT 1 FROM (SELECT max(run) AS run FROM pack UNION SELECT max(first_run) FROM entry
          UNION SELECT max(end_run) FROM entry)
        WHERE run > (SELECT coalesce(max(run), 0) FROM catalogue_copy)`,
      )
      .all();
    if (stale.length > 0)
      problems.push("the destination's newest catalogue is older than the packs");
    for (const name of keysBesidePacks(driver)) {
      if (!existsSync(join(place.destination, name))) problems.push(`${name} was never sent`);
    }
    return problems;
  });
}

function keysBesidePacks(driver: SqlDriver): string[] {
  const identity = driver.prepare("SELECT 1 FROM meta WHERE key = 'identity'").get();
  return ["README-RECOVERY.txt", ...(identity === undefined ? [] : ["identity.age"])];
}

function checkObject(place: Place, key: string, sha256: unknown, problems: string[]): void {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(place.destination, key));
  } catch {
    problems.push(`missing: ${key}`);
    return;
  }
  const is = createHash("sha256").update(bytes).digest("hex");
  const wanted = sha256 instanceof Uint8Array ? Buffer.from(sha256).toString("hex") : "nothing";
  if (is !== wanted) problems.push(`differs: ${key}`);
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function inCatalogue<T>(
  place: Place,
  use: (driver: SqlDriver, catalogue: Catalogue) => Promise<T>,
): Promise<T> {
  const driver = openNodeDriver(place.archive);
  const catalogue = await Catalogue.open(driver);
  try {
    return await use(driver, catalogue);
  } finally {
    await catalogue.close();
  }
}
