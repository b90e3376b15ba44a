import { directoryPath, joinPath, type SqlDriver } from "@coldstow/catalogue";
import { displayPath, nameFromBytes } from "@coldstow/contracts";

export interface AffectedFiles {
  readonly count: number;
  /** The first few, for people. */
  readonly paths: readonly string[];
}

export type PlainRange = readonly [start: number, end: number];

const shownPaths = 5;

const affected = `WITH hit (content) AS (
    SELECT l.content FROM placement l WHERE l.pack = ?1 AND (?2 IS NULL OR EXISTS
      (SELECT 1 FROM json_each(?2) r WHERE l.offset < json_extract(r.value, '$[1]')
        AND l.offset + l.length > json_extract(r.value, '$[0]')))),
  whole (content) AS (
    SELECT content FROM hit UNION
    SELECT s.content FROM content_slice s JOIN hit ON hit.content = s.slice)
  SELECT e.directory AS directory, e.name AS name FROM entry e JOIN whole ON e.content = whole.content
  GROUP BY e.directory, e.name`;

/**
 * The paths of which some version lies in a pack, or in ranges of the tar inside it. O(contents of the pack).
 * @param ranges undefined for the whole pack
 */
export function affectedFiles(
  driver: SqlDriver,
  pack: number,
  ranges: readonly PlainRange[] | undefined,
): AffectedFiles {
  const within = ranges === undefined ? null : JSON.stringify(ranges);
  const row = driver.prepare(`SELECT count(*) AS n FROM (${affected})`).get(pack, within);
  const first = driver.prepare(`${affected} LIMIT ${shownPaths}`).all(pack, within);
  return {
    count: Number(row?.["n"]),
    paths: first.map(({ directory, name }) =>
      displayPath(
        joinPath(directoryPath(driver, Number(directory)), nameFromBytes(name as Uint8Array)),
      ),
    ),
  };
}

/** True for a pack that holds no file: one that opens or closes a run (docs/formats/pack.md, "Order"). */
export function holdsNamesOnly(driver: SqlDriver, pack: number): boolean {
  return driver.prepare("SELECT 1 FROM placement WHERE pack = ? LIMIT 1").get(pack) === undefined;
}

/** Names of other destinations that have a good copy of a pack. */
export function goodCopies(driver: SqlDriver, pack: number, except: number): string[] {
  return driver
    .prepare(
      `SELECT d.name AS name FROM copy c JOIN destination d ON d.id = c.destination
      WHERE c.pack = ? AND c.destination <> ? AND c.state = 'stored' AND d.state = 'active'`,
    )
    .all(pack, except)
    .map((row) => String(row["name"]));
}

/** True where everything that lies in a pack lies in other packs with a good copy too, so that nobody needs it. */
export function isSuperseded(driver: SqlDriver, pack: number): boolean {
  const row = driver
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM placement WHERE pack = ?1) AND NOT EXISTS
        (SELECT 1 FROM placement l WHERE l.pack = ?1 AND NOT EXISTS
          (SELECT 1 FROM placement q JOIN copy c ON c.pack = q.pack
            WHERE q.content = l.content AND q.pack <> l.pack AND c.state = 'stored')) AS yes`,
    )
    .get(pack);
  return row?.["yes"] === 1;
}
