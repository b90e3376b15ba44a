import type { Catalogue } from "@coldstow/catalogue";

/** A destination that lacks packs which another one has. */
export interface MissingCopies {
  readonly destination: string;
  readonly packs: number;
}

/**
 * The destinations in use that lack a good copy of a pack which lies elsewhere; the next run that
 * reaches both copies it. O(packs · destinations).
 */
export async function missingCopies(catalogue: Catalogue): Promise<readonly MissingCopies[]> {
  return catalogue.driver
    .prepare(
      `SELECT d.name AS destination, count(*) AS packs FROM destination d CROSS JOIN pack p
       WHERE d.state = 'active' AND p.state = 'stored' AND p.format <> 'pyarchiver'
         AND EXISTS (SELECT 1 FROM copy c WHERE c.pack = p.id AND c.state = 'stored')
         AND NOT EXISTS (SELECT 1 FROM copy c
           WHERE c.pack = p.id AND c.destination = d.id AND c.state = 'stored')
       GROUP BY d.id ORDER BY d.id`,
    )
    .all()
    .map((row) => ({ destination: String(row["destination"]), packs: Number(row["packs"]) }));
}

const isGood = "SELECT 1 FROM copy c WHERE c.pack = p.pack AND c.state = 'stored'";
const isPlaced = (content: string): string =>
  `EXISTS (SELECT 1 FROM placement p WHERE p.content = ${content} AND EXISTS (${isGood}))`;

/**
 * How many files of the newest state have no good copy anywhere; the next run stores again those that
 * are still there. O(files) where packs were lost, else O(packs).
 */
export async function filesWithoutCopy(catalogue: Catalogue): Promise<number> {
  const { driver } = catalogue;
  const lost = driver
    .prepare(
      `SELECT 1 FROM pack WHERE state <> 'planned' AND format <> 'pyarchiver' AND NOT EXISTS
        (SELECT 1 FROM copy c WHERE c.pack = pack.id AND c.state = 'stored') LIMIT 1`,
    )
    .get();
  if (lost === undefined) return 0;
  const row = driver
    .prepare(
      `SELECT count(*) AS files FROM entry e JOIN content x ON x.id = e.content
       WHERE e.end_run IS NULL AND e.kind = 'file' AND x.size > 0 AND NOT ${isPlaced("x.id")}
         AND (NOT EXISTS (SELECT 1 FROM content_slice s WHERE s.content = x.id)
           OR EXISTS (SELECT 1 FROM content_slice s WHERE s.content = x.id AND NOT ${isPlaced("s.slice")}))`,
    )
    .get();
  return Number(row?.["files"]);
}

/**
 * How much is still to be copied to destinations in use: of each pack and each of them that lacks it while
 * another has it, its bytes. O(packs · destinations).
 */
export function copiesToMake(
  catalogue: Catalogue,
  destinations: readonly number[],
): { readonly packs: number; readonly bytes: number } {
  const missing = catalogue.driver.prepare(
    `SELECT count(*) AS packs, coalesce(sum(p.size), 0) AS bytes FROM pack p
     WHERE p.state = 'stored' AND p.format <> 'pyarchiver'
       AND EXISTS (SELECT 1 FROM copy c WHERE c.pack = p.id AND c.state = 'stored')
       AND NOT EXISTS (SELECT 1 FROM copy c
         WHERE c.pack = p.id AND c.destination = ? AND c.state = 'stored')`,
  );
  let packs = 0;
  let bytes = 0;
  for (const id of destinations) {
    const row = missing.get(id);
    packs += Number(row?.["packs"]);
    bytes += Number(row?.["bytes"]);
  }
  return { packs, bytes };
}
