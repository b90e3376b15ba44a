import { directoryId, ensureDirectory, type SqlDriver } from "@coldstow/catalogue";
import { nameToBytes } from "@coldstow/contracts";
import {
  archivedPath,
  deepestPath,
  isWindowsRoot,
  namesBelow,
  pathNames,
} from "./archived-path.ts";
import type { PySettings } from "./py-settings.ts";
import type { PyArchive } from "./read-py-archive.ts";
import { isCiphered, tarTimeNs } from "./tar-name.ts";

/** What a conversion counted. */
export interface PyFigures {
  /** Files that the catalogue now takes for stored, on the word of pyArchiver's state. */
  readonly files: number;
  readonly bytes: number;
  readonly tars: number;
  /** Files that waited to be sent. */
  readonly pending: number;
  /** Files of the state that do not count as stored: those that waited, or all where no tar was sent. */
  readonly leftOut: number;
  /** Files of the state whose path no tree can have; they do not count as stored. */
  readonly refused: number;
}

const nsPerSecond = 1_000_000_000n;

/**
 * Fills a new catalogue from a pyArchiver file, in one transaction (docs/formats/pyarchiver.md §5): one
 * run, a pack for every tar, an entry for every file of the state that does not wait to be sent. What a
 * state cannot tell is 0 or empty: an entry's content is NULL, its ctime 0. O(files · depth); memory
 * stays flat.
 * @throws {E_FORMAT} and nothing is in the catalogue
 */
export function fillCatalogue(
  driver: SqlDriver,
  py: PyArchive,
  settings: PySettings,
  options: { readonly nowNs: bigint },
): PyFigures {
  return driver.transaction(() => {
    const { nowNs } = options;
    const run = driver
      .prepare(
        "INSERT INTO run (kind, state, started_ns, ended_ns) VALUES ('update', 'done', ?, ?)",
      )
      .run(nowNs, nowNs).lastId;
    addTars(driver, py, run, nowNs);
    let refused = 0;
    const all = addFiles(driver, py, run, () => (refused += 1));
    // A state is saved before its files are sent: without a single tar nothing of it is stored.
    const leftOut =
      py.tars.length === 0
        ? driver.prepare("DELETE FROM entry WHERE first_run = ?").run(run).changes
        : dropPending(driver, py, settings.source);
    const left = driver
      .prepare("SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM entry")
      .get();
    const figures: PyFigures = {
      files: Number(left?.["files"]),
      bytes: Number(left?.["bytes"]),
      tars: py.tars.length,
      pending: py.pendingCount,
      leftOut: Math.min(leftOut, all),
      refused,
    };
    driver.prepare("UPDATE run SET figures = ? WHERE id = ?").run(JSON.stringify(figures), run);
    return figures;
  });
}

function addTars(driver: SqlDriver, py: PyArchive, run: number, nowNs: bigint): void {
  const pack = driver.prepare(
    `INSERT INTO pack (run, number, key, format, sealed, state, created_ns)
     VALUES (?, ?, ?, 'pyarchiver', ?, 'stored', ?)`,
  );
  const copy = driver.prepare(
    `INSERT INTO copy (pack, destination, state, stored_ns)
     SELECT ?, id, 'stored', ? FROM destination`,
  );
  for (const [index, name] of py.tars.entries()) {
    const created = tarTimeNs(name) ?? nowNs;
    const { lastId } = pack.run(run, index + 1, name, isCiphered(name) ? 1 : 0, created);
    copy.run(lastId, created);
  }
}

function addFiles(driver: SqlDriver, py: PyArchive, run: number, onRefused: () => void): number {
  const entry = driver.prepare(
    `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, first_run)
     VALUES (?, ?, 'file', ?, ?, 0, ?, 0, 0, ?)
     ON CONFLICT (directory, name) WHERE end_run IS NULL
       DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns`,
  );
  let folder = "";
  let directory = ensureDirectory(driver, folder);
  let count = 0;
  for (const { path, sizeBytes, mtimeSeconds } of py.files(onRefused)) {
    const [parent, name] = splitLast(path);
    if (parent !== folder) {
      directory = ensureDirectory(driver, parent);
      folder = parent;
    }
    const mtimeNs = BigInt(mtimeSeconds) * nsPerSecond;
    entry.run(directory, nameToBytes(name), sizeBytes, mtimeNs, 0o644, run);
    count += 1;
  }
  return count;
}

/** Takes out what waits to be sent. Returns how many entries that were. */
function dropPending(driver: SqlDriver, py: PyArchive, root: string): number {
  const windows = isWindowsRoot(root);
  const rootNames = pathNames(root, windows);
  let dropped = 0;
  for (const path of py.pending()) {
    const names = pathNames(path, windows);
    const relative = namesBelow(names, rootNames);
    const found = drop(driver, relative ?? names);
    dropped += found;
    if (found > 0 || relative !== undefined) continue;
    // Queued under another root: whatever may be meant is sent again rather than believed.
    for (let from = Math.max(1, names.length - deepestPath); from < names.length; from += 1)
      dropped += drop(driver, names.slice(from));
  }
  return dropped;
}

function drop(driver: SqlDriver, names: readonly string[]): number {
  const path = archivedPath(names.join("/"), false);
  if (path === undefined) return 0;
  const [parent, name] = splitLast(path);
  const directory = directoryId(driver, parent);
  if (directory === undefined) return 0;
  return driver
    .prepare("DELETE FROM entry WHERE directory = ? AND name = ? AND end_run IS NULL")
    .run(directory, nameToBytes(name)).changes;
}

/** The folder of a path, "" for the root, and the name in it. */
export function splitLast(path: string): readonly [folder: string, name: string] {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? ["", path] : [path.slice(0, slash), path.slice(slash + 1)];
}
