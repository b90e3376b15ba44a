import { nameFromBytes } from "@coldstow/contracts";
import type { SqlDriver, SqlRow } from "../driver.ts";
import type { DirectoryPaths } from "./directory-paths.ts";
import {
  forgetOwedNames,
  dropUnfinished,
  forgetUnfinishedBelow,
  owedLinks,
  owedRemovals,
  type OwedName,
} from "./owed-names.ts";
import { storePack, type PackResult } from "./packs.ts";
import type { FreshStat } from "./pending.ts";
import { linkTargetSql } from "./resolution.ts";

interface Described {
  readonly path: string;
  readonly stat: FreshStat;
}

/** What a run's closing pack has to say, in the order in which it says it. */
export type ClosingItem =
  | (Described & {
      readonly type: "link";
      readonly sha256: Uint8Array;
      readonly targetPath: string;
      /** How many slices the content is stored in; 1 for one that is whole. */
      readonly slices: number;
      /** A hard link in the source tree too, not only the same content. */
      readonly same: boolean;
      readonly inode: number | undefined;
    })
  | OwedName
  | (Described & { readonly type: "symlink"; readonly target: string })
  | (Described & {
      readonly type: "metadata";
      readonly sha256: Uint8Array;
      readonly inode: number | undefined;
    })
  | (Described & { readonly type: "directory" })
  | { readonly type: "deleted"; readonly path: string; readonly slices: number }
  /** Not the path is gone, but the names under which a former version of it was stored. */
  | { readonly type: "stale"; readonly path: string; readonly slices: number };

const slicesOf = (content: string): string =>
  `max(1, (SELECT count(*) FROM content_slice s WHERE s.content = ${content}))`;

const pendingColumns = `p.seq, p.directory, p.name, p.size, p.mode, p.uid, p.gid, p.unstable, p.target,
  CAST(p.mtime_ns AS TEXT) AS mtime, CAST(p.ctime_ns AS TEXT) AS ctime, p.device, p.inode`;

const gone = `SELECT e.directory, e.name, ${slicesOf("e.content")} AS slices FROM entry e`;

/**
 * Gives up what cut runs stored of large files that have another version now, or are gone: the closing
 * pack removes the names of their slices. Must come before {@link closingItems}.
 */
export function settleUnfinished(driver: SqlDriver): void {
  driver.transaction(() => {
    const rows = driver
      .prepare(
        `SELECT u.directory, u.name, (SELECT p.state FROM pending p
            WHERE p.directory = u.directory AND p.name = u.name) AS state,
          (SELECT ${slicesOf("p.content")} FROM pending p WHERE p.directory = u.directory AND p.name = u.name
            AND p.state IN ('linked', 'metadata')) AS slices
        FROM unfinished_file u`,
      )
      .all();
    for (const row of rows) {
      if (row["state"] === "failed" || row["state"] === "torn") continue;
      const at = { directory: Number(row["directory"]), name: row["name"] as Uint8Array };
      dropUnfinished(driver, at, Number(row["slices"] ?? 0));
    }
  });
}

/** True if the run has anything for a closing pack. */
export function hasClosingItems(driver: SqlDriver): boolean {
  const row = driver
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM pending WHERE state IN ('linked', 'metadata')
          OR (state = 'queued' AND kind <> 'file')) OR EXISTS (SELECT 1 FROM vanished)
        OR EXISTS (SELECT 1 FROM owed_name) OR EXISTS (SELECT 1 FROM pending WHERE untold = 1)
        AS any_item`,
    )
    .get();
  return row?.["any_item"] === 1;
}

/** Items one by one; nothing else may be written to the catalogue meanwhile. */
export function* closingItems(driver: SqlDriver, paths: DirectoryPaths): Iterable<ClosingItem> {
  // Slices first: a duplicate is linked to them under their new names.
  yield* owedLinks(driver, paths);
  yield* links(driver, paths);
  for (const row of select(driver, "p.state = 'queued' AND p.kind = 'symlink'", "p.seq")) {
    const target = nameFromBytes(row["target"] as Uint8Array);
    yield { type: "symlink", ...described(row, paths), target };
  }
  yield* metadata(driver, paths);
  // Children before parents, so that tools which set times at once leave the right ones behind.
  for (const row of select(driver, "p.state = 'queued' AND p.kind = 'directory'", "p.seq DESC")) {
    yield { type: "directory", ...described(row, paths) };
  }
  yield* names("deleted", driver, paths, `${gone} JOIN vanished v ON v.entry = e.id ORDER BY e.id`);
  yield* names("stale", driver, paths, replacedSlices);
  yield* owedRemovals(driver, paths);
}

/**
 * What must be done before the run's first pack: names that a cut run owes, and names that must be gone
 * because a directory takes or leaves their place.
 */
export function* earlyItems(driver: SqlDriver, paths: DirectoryPaths): Iterable<ClosingItem> {
  yield* owedLinks(driver, paths);
  yield* owedRemovals(driver, paths);
  yield* names("deleted", driver, paths, `${gone} JOIN early x ON x.entry = e.id ORDER BY e.id`);
}

/** Commits the pack that held {@link earlyItems}. */
export function commitEarly(driver: SqlDriver, run: number, result: PackResult): void {
  driver.transaction(() => {
    storePack(driver, result);
    driver.prepare("UPDATE entry SET end_run = ? WHERE id IN (SELECT entry FROM early)").run(run);
    forgetOwedNames(driver);
    forgetUnfinishedBelow(driver);
    driver.exec(`UPDATE pending SET previous = NULL WHERE previous IN (SELECT entry FROM early);
      DELETE FROM vanished WHERE entry IN (SELECT entry FROM early);
      DELETE FROM early`);
  });
}

/** Commits every {@link closingItems} with the pack that held the last of them. O(items). */
export function commitClosing(driver: SqlDriver, run: number, result: PackResult): void {
  const items = `(state IN ('linked', 'metadata') OR (state = 'queued' AND kind <> 'file'))`;
  driver.transaction(() => {
    storePack(driver, result);
    driver
      .prepare(
        `UPDATE entry SET end_run = ? WHERE id IN
          (SELECT previous FROM pending WHERE previous IS NOT NULL AND ${items})`,
      )
      .run(run);
    driver
      .prepare(
        `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, device, inode,
          content, target, unstable, first_run)
        SELECT directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, device, inode, content, target,
          unstable, ? FROM pending WHERE ${items} ORDER BY seq`,
      )
      .run(run);
    driver
      .prepare(
        `UPDATE entry SET end_run = ? WHERE end_run IS NULL AND id IN (SELECT entry FROM vanished)`,
      )
      .run(run);
    driver.exec(`UPDATE pending SET state = 'closed' WHERE ${items}; DELETE FROM vanished;
      UPDATE pending SET untold = 0 WHERE untold = 1`);
    forgetOwedNames(driver);
  });
}

function select(driver: SqlDriver, where: string, order: string): Iterable<SqlRow> {
  return driver
    .prepare(`SELECT ${pendingColumns} FROM pending p WHERE ${where} ORDER BY ${order}`)
    .iterate();
}

function* links(driver: SqlDriver, paths: DirectoryPaths): Iterable<ClosingItem> {
  const rows = driver
    .prepare(
      `SELECT ${pendingColumns}, c.sha256, ${slicesOf("c.id")} AS slices,
        t.directory AS target_directory, t.name AS target_name, t.device IS p.device AND t.inode = p.inode AS same
      FROM (SELECT pending.*, ${linkTargetSql} AS target_entry FROM pending WHERE state = 'linked') AS p
      JOIN content c ON c.id = p.content JOIN entry t ON t.id = p.target_entry ORDER BY p.seq`,
    )
    .iterate();
  for (const row of rows) {
    yield {
      type: "link",
      ...described(row, paths),
      sha256: row["sha256"] as Uint8Array,
      targetPath: paths.child(row["target_directory"], row["target_name"]),
      slices: Number(row["slices"]),
      same: row["same"] === 1,
      inode: inodeOf(row),
    };
  }
}

function* metadata(driver: SqlDriver, paths: DirectoryPaths): Iterable<ClosingItem> {
  const rows = driver
    .prepare(
      `SELECT ${pendingColumns}, c.sha256 FROM pending p JOIN content c ON c.id = p.content
      WHERE p.state = 'metadata' OR p.untold = 1 ORDER BY p.seq`,
    )
    .iterate();
  for (const row of rows) {
    yield {
      type: "metadata",
      ...described(row, paths),
      sha256: row["sha256"] as Uint8Array,
      inode: inodeOf(row),
    };
  }
}

/** Names of former versions that a link of either kind takes the place of, where it is cut otherwise. */
const replacedSlices = `SELECT e.directory, e.name, ${slicesOf("e.content")} AS slices
  FROM pending p JOIN entry e ON e.id = p.previous
  WHERE (p.state = 'linked' OR (p.state = 'queued' AND p.kind = 'symlink')) AND ${slicesOf("e.content")} <> ${slicesOf("p.content")}
  ORDER BY p.seq`;

function* names(
  type: "deleted" | "stale",
  driver: SqlDriver,
  paths: DirectoryPaths,
  sql: string,
): Iterable<ClosingItem> {
  for (const row of driver.prepare(sql).iterate()) {
    yield {
      type,
      path: paths.child(row["directory"], row["name"]),
      slices: Number(row["slices"]),
    };
  }
}

function described(row: SqlRow, paths: DirectoryPaths): Described {
  return {
    path: paths.child(row["directory"], row["name"]),
    stat: {
      sizeBytes: Number(row["size"]),
      mode: Number(row["mode"]),
      uid: Number(row["uid"]),
      gid: Number(row["gid"]),
      mtimeNs: BigInt(String(row["mtime"])),
      ctimeNs: BigInt(String(row["ctime"])),
      unstable: row["unstable"] === 1,
    },
  };
}

function inodeOf(row: SqlRow): number | undefined {
  return row["inode"] === null ? undefined : Number(row["inode"]);
}
