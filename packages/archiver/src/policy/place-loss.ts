import type { Catalogue, Destination, SqlDriver } from "@coldstow/catalogue";

/** What would have no good copy any more if one destination and all that lies there were lost. */
export interface PlaceLoss {
  readonly destination: string;
  readonly scheme: string;
  /** Files of the newest state; each name counts. */
  readonly files: number;
  /** Their sizes, added up. */
  readonly bytes: number;
}

export interface Losses {
  /** For each destination in use, in the order in which they were added. */
  readonly places: readonly PlaceLoss[];
  /** Files that the loss of a single place would take: destinations in use, and discs taken together. */
  readonly filesAtRisk: number;
  /** Files taken over from another tool: in which pack they lie is not known before the next run. */
  readonly filesUnplaced: number;
}

interface Tally {
  readonly files: number;
  readonly bytes: number;
}

// Discs count as one place, which is none of the destinations.
const discs = -1;

/** The packs with a good copy, with the first and the last destination that has one. */
const good = `SELECT c.pack AS pack, min(c.destination) AS first, max(c.destination) AS last
  FROM copy c JOIN destination d ON d.id = c.destination
  WHERE c.state = 'stored' AND d.state = 'active' GROUP BY c.pack`;

/** Contents that verified discs hold wholly, in one piece or in several. */
const onDiscs = `SELECT content FROM
    (SELECT DISTINCT f.content AS content, f.offset, f.length FROM disc_file f JOIN disc k ON k.id = f.disc
      WHERE k.state = 'burned' AND k.verified_ns IS NOT NULL) f
  JOIN content x ON x.id = f.content GROUP BY content HAVING sum(f.length) >= max(x.size)`;

/**
 * What the loss of each destination would take with it. A content that lies in several packs, or in
 * a pack and on discs, is lost only with all of them; a file in slices with any of its slices.
 *
 * O(files · log(files)) time; the rows are counted one at a time, and SQLite sorts outside of memory.
 */
export async function losses(catalogue: Catalogue): Promise<Losses> {
  const { driver } = catalogue;
  const inUse = (await catalogue.destinations()).filter(({ state }) => state === "active");
  const whole = wholeFiles(driver);
  const none = slicedFiles(driver, []);
  const places = inUse.map(({ id, name, scheme }) => {
    const plain = whole.get(id) ?? { files: 0, bytes: 0 };
    const sliced = slicedFiles(driver, [id]);
    return {
      destination: name,
      scheme,
      files: plain.files + sliced.files - none.files,
      bytes: plain.bytes + sliced.bytes - none.bytes,
    };
  });
  const plainAtRisk = [...whole.values()].reduce((sum, { files }) => sum + files, 0);
  return {
    places,
    filesAtRisk: plainAtRisk + slicedAtRisk(driver, inUse) - none.files,
    filesUnplaced: unplaced(driver),
  };
}

function tallyFrom(row: Readonly<Record<string, unknown>> | undefined): Tally {
  return { files: Number(row?.["files"] ?? 0), bytes: Number(row?.["bytes"] ?? 0) };
}

function hasRows(driver: SqlDriver, table: "disc_file" | "content_slice"): boolean {
  return driver.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined;
}

/** Files that are not in slices, by the only place that has them. */
function wholeFiles(driver: SqlDriver): ReadonlyMap<number, Tally> {
  // Without discs the placements come in the order of their contents, and nothing is sorted.
  const discRows = hasRows(driver, "disc_file")
    ? `UNION ALL SELECT content, ${discs}, ${discs} FROM (${onDiscs})`
    : "";
  const rows = driver
    .prepare(
      `WITH good AS MATERIALIZED (${good}),
       lies AS (SELECT p.content AS content, g.first AS first, g.last AS last
         FROM placement p CROSS JOIN good g ON g.pack = p.pack ${discRows}),
       sole AS (SELECT content, min(first) AS place FROM lies GROUP BY content HAVING min(first) = max(last))
       SELECT s.place AS place, count(*) AS files, sum(e.size) AS bytes
       FROM sole s CROSS JOIN entry e ON e.content = s.content
       WHERE e.end_run IS NULL AND e.kind = 'file' AND e.size > 0
         AND NOT EXISTS (SELECT 1 FROM content_slice n WHERE n.content = s.content)
       GROUP BY s.place`,
    )
    .all();
  return new Map(rows.map((row) => [Number(row["place"]), tallyFrom(row)]));
}

/** True in SQL where a content has no good copy but in the places named. */
function liesNowhere(content: string, lost: readonly number[]): string {
  const list = lost.join(", ");
  const disc = lost.includes(discs) ? "" : `AND ${content} NOT IN (${onDiscs})`;
  return `(NOT EXISTS (SELECT 1 FROM placement p JOIN copy c ON c.pack = p.pack
      JOIN destination d ON d.id = c.destination
      WHERE p.content = ${content} AND c.state = 'stored' AND d.state = 'active'
        AND d.id NOT IN (${list})) ${disc})`;
}

function isLost(content: string, places: readonly number[]): string {
  return `(${liesNowhere(content, places)} AND EXISTS (SELECT 1 FROM content_slice s
    WHERE s.content = ${content} AND ${liesNowhere("s.slice", places)}))`;
}

function countSliced(driver: SqlDriver, where: string): Tally {
  if (!hasRows(driver, "content_slice")) return { files: 0, bytes: 0 };
  const row = driver
    .prepare(
      `WITH x AS MATERIALIZED (SELECT DISTINCT content AS id FROM content_slice)
       SELECT count(*) AS files, sum(e.size) AS bytes FROM x CROSS JOIN entry e ON e.content = x.id
       WHERE e.end_run IS NULL AND e.kind = 'file' AND ${where}`,
    )
    .get();
  return tallyFrom(row);
}

/** Files in slices that have no good copy once these places are lost; those that have none now are among them. */
function slicedFiles(driver: SqlDriver, places: readonly number[]): Tally {
  return countSliced(driver, isLost("x.id", places));
}

function slicedAtRisk(driver: SqlDriver, inUse: readonly Destination[]): number {
  const each = [discs, ...inUse.map(({ id }) => id)].map((place) => isLost("x.id", [place]));
  return countSliced(driver, `(${each.join(" OR ")})`).files;
}

function unplaced(driver: SqlDriver): number {
  const row = driver
    .prepare(
      `SELECT count(*) AS files FROM entry
       WHERE end_run IS NULL AND kind = 'file' AND size > 0 AND content IS NULL`,
    )
    .get();
  return Number(row?.["files"]);
}
