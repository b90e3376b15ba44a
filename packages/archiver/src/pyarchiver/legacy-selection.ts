import { directoryId, type SqlDriver } from "@coldstow/catalogue";
import { nameToBytes } from "@coldstow/contracts";
import { splitLast } from "./fill-catalogue.ts";
import type { PyMember } from "./walk-py-tars.ts";

/**
 * Which files of the tars a restore of a run takes (docs/formats/pyarchiver.md §7): those whose version in
 * that run lies in them. A file that the catalogue has no version of up to that run is taken, too: it was
 * deleted before the update, or its newest version had not been sent; `listedOnly` leaves it out.
 */
export function legacySelection(
  driver: SqlDriver,
  run: number,
  options: { readonly listedOnly?: boolean } = {},
): (member: Pick<PyMember, "tar" | "path">) => boolean {
  const unlisted = options.listedOnly !== true;
  return ({ tar, path }) => {
    const [folder, name] = splitLast(path);
    const directory = directoryId(driver, folder);
    if (directory === undefined) return unlisted;
    const version = driver
      .prepare(
        `SELECT content, coalesce(end_run <= ?3, 0) AS gone FROM entry
         WHERE directory = ?1 AND name = ?2 AND first_run <= ?3 ORDER BY first_run DESC LIMIT 1`,
      )
      .get(directory, nameToBytes(name), run);
    if (version === undefined) return unlisted;
    if (version["gone"] === 1) return false;
    const { content = null } = version;
    return content === null || liesIn(driver, content as number, tar);
  };
}

function liesIn(driver: SqlDriver, content: number, tar: string): boolean {
  const row = driver
    .prepare(
      `SELECT 1 FROM placement l JOIN pack p ON p.id = l.pack
       WHERE l.content = ? AND p.key = ? AND p.format = 'pyarchiver'`,
    )
    .get(content, tar);
  return row !== undefined;
}
