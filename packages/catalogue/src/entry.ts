import { nameFromBytes } from "@coldstow/contracts";
import type { SqlRow } from "./driver.ts";
import { joinPath, storedName, type DirectoryPaths } from "./path-tree.ts";
import { nsColumn, nsFrom } from "./time-ns.ts";

export type EntryKind = "file" | "directory" | "symlink";

/** One version of what lies at a path, valid in the runs `firstRun <= run < endRun`. */
export interface CatalogueEntry {
  readonly id: number;
  /**
   * A directory of which nothing is known but that something lies in it, as after a run that was cut
   * before it came to directories. Its id, times and owner are 0 and mean nothing.
   */
  readonly implied: boolean;
  readonly path: string;
  readonly kind: EntryKind;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** Permission bits and set-id bits, without the file type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The content's id; null for what has none, and for files of a converted archive whose bytes nobody has read. */
  readonly content: number | null;
  /** The content's SHA-256, where it is known. */
  readonly sha256: Uint8Array | null;
  /** A symbolic link's target, as it was, with surrogate escapes. */
  readonly target: string | null;
  /** Names with the same group are hard links of one file; null where it has one name only. */
  readonly linkGroup: string | null;
  /** It changed while it was read: the stored bytes are a mixture. */
  readonly unstable: boolean;
  readonly firstRun: number;
  /** The first run in which this version was gone; null while it is current. */
  readonly endRun: number | null;
}

/** Select list for {@link entryFrom}, over `entry e LEFT JOIN content c ON c.id = e.content`. */
export const entryColumns: string = `e.id AS id, e.directory AS directory, e.name AS name, e.kind AS kind,
  e.size AS size, ${nsColumn("e.mtime_ns", "mtime")}, ${nsColumn("e.ctime_ns", "ctime")}, e.mode AS mode,
  e.uid AS uid, e.gid AS gid, e.content AS content, c.sha256 AS sha256, e.target AS target,
  e.unstable AS unstable,
  coalesce(e.device, 0) || ':' || e.inode AS link_group, e.first_run AS first_run, e.end_run AS end_run`;

/** @throws {E_CORRUPT} for a name that cannot be one */
export function entryFrom(row: SqlRow, paths: Pick<DirectoryPaths, "path">): CatalogueEntry {
  const { sha256, target, content, end_run: endRun } = row;
  return {
    id: Number(row["id"]),
    implied: false,
    path: joinPath(paths.path(Number(row["directory"])), storedName(row["name"])),
    kind: row["kind"] as EntryKind,
    sizeBytes: Number(row["size"]),
    mtimeNs: nsFrom(row["mtime"]),
    ctimeNs: nsFrom(row["ctime"]),
    mode: Number(row["mode"]),
    uid: Number(row["uid"]),
    gid: Number(row["gid"]),
    content: typeof content === "number" ? content : null,
    sha256: sha256 instanceof Uint8Array ? sha256 : null,
    target: target instanceof Uint8Array ? nameFromBytes(target) : null,
    linkGroup: typeof row["link_group"] === "string" ? row["link_group"] : null,
    unstable: row["unstable"] !== 0,
    firstRun: Number(row["first_run"]),
    endRun: typeof endRun === "number" ? endRun : null,
  };
}

/** See {@link CatalogueEntry.implied}. */
export function impliedDirectory(path: string, run: number): CatalogueEntry {
  return {
    id: 0,
    implied: true,
    path,
    kind: "directory",
    sizeBytes: 0,
    mtimeNs: 0n,
    ctimeNs: 0n,
    mode: 0o755,
    uid: 0,
    gid: 0,
    content: null,
    sha256: null,
    target: null,
    linkGroup: null,
    unstable: false,
    firstRun: run,
    endRun: null,
  };
}
