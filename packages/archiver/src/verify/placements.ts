import type { SqlDriver } from "@coldstow/catalogue";
import type { PackPlacements } from "./inspection.ts";

/** What the catalogue says lies in a pack; 56 bytes of memory for each content in it. */
export function placementsOf(driver: SqlDriver, pack: number): PackPlacements {
  const from = `FROM placement l JOIN content c ON c.id = l.content
    WHERE l.pack = ? AND c.sha256 IS NOT NULL`;
  const count = Number(driver.prepare(`SELECT count(*) AS n ${from}`).get(pack)?.["n"]);
  const offsets = new Float64Array(count);
  const lengths = new Float64Array(count);
  const sizes = new Float64Array(count);
  const digests = new Uint8Array(count * 32);
  let at = 0;
  const rows = driver.prepare(
    `SELECT l.offset AS offset, l.length AS length, c.size AS size, c.sha256 AS sha256 ${from}
    ORDER BY l.offset`,
  );
  for (const row of rows.iterate(pack)) {
    offsets[at] = Number(row["offset"]);
    lengths[at] = Number(row["length"]);
    sizes[at] = Number(row["size"]);
    digests.set(row["sha256"] as Uint8Array, at * 32);
    at += 1;
  }
  return { offsets, lengths, sizes, digests };
}

/** The key of another pack whose object has this digest. O(packs). */
export function packWithDigest(
  driver: SqlDriver,
  sha256: Uint8Array,
  except: number,
): string | undefined {
  const row = driver
    .prepare("SELECT key FROM pack WHERE sha256 = ? AND id <> ?")
    .get(sha256, except);
  return row === undefined ? undefined : String(row["key"]);
}

/** The key of the pack with this run and number. */
export function packWithNumber(driver: SqlDriver, run: number, number: number): string | undefined {
  const row = driver.prepare("SELECT key FROM pack WHERE run = ? AND number = ?").get(run, number);
  return row === undefined ? undefined : String(row["key"]);
}
