import { displayPath, isUtf8Name, nameFromBytes, nameToBytes } from "@coldstow/contracts";
import { toBase64, toHex } from "../bytes-text.ts";
import type { SqlDriver, SqlRow } from "../driver.ts";
import { DirectoryPaths, joinPath, storedName } from "../path-tree.ts";
import { newestRun } from "../runs.ts";
import { nsColumn, nsFrom, nsToIso } from "../time-ns.ts";

export interface OdarchiveExportOptions {
  /** As of which run; the newest if none is named. */
  readonly run?: number;
  /** Only what lies on this disc (its id). */
  readonly disc?: number;
  /** When the file is written. */
  readonly nowNs: bigint;
  readonly guid: string;
  readonly jobName: string;
  /** The folder of a disc in which the files lie; "/data" unless told. */
  readonly root?: string;
}

const wanted = `FROM entry e JOIN content c ON c.id = e.content
  WHERE e.content IS NOT NULL AND e.kind = 'file' AND e.first_run <= ?1
    AND (e.end_run IS NULL OR e.end_run > ?1)
    AND (?2 IS NULL OR e.content IN (SELECT content FROM disc_file WHERE disc = ?2))`;

/**
 * The catalogue as a catalogue.json of version 3 (docs/formats/odarchive-catalogue.md), piece by
 * piece: memory does not grow with the archive, but with the names of one content.
 */
export function* exportOdarchive(
  driver: SqlDriver,
  options: OdarchiveExportOptions,
): Generator<string> {
  const root = options.root ?? "/data";
  const head = {
    version: 3,
    generator: "coldstow",
    date: nsToIso(options.nowNs),
    guid: options.guid,
    job_name: options.jobName,
    iso_path_root: root,
  };
  yield `${JSON.stringify(head, undefined, 4).slice(0, -2)},\n    "files": {`;
  const paths = new DirectoryPaths(driver);
  let separator = "\n";
  for (const group of groups(driver, options)) {
    const [key, value] = fileOf(driver, paths, group, root);
    yield `${separator}        ${JSON.stringify(key)}: ${indent(JSON.stringify(value, undefined, 4))}`;
    separator = ",\n";
  }
  yield `${separator === "\n" ? "" : "\n    "}}\n}\n`;
}

/** The rows of one content after another. */
function* groups(driver: SqlDriver, options: OdarchiveExportOptions): Generator<SqlRow[]> {
  const rows = driver
    .prepare(
      `SELECT e.content AS content, c.sha256 AS sha256, c.size AS size, e.directory AS directory,
         e.name AS name, ${nsColumn("e.mtime_ns", "mtime")} ${wanted} ORDER BY e.content, e.id`,
    )
    .iterate(options.run ?? newestRun(driver), options.disc ?? null);
  let group: SqlRow[] = [];
  for (const row of rows) {
    if (group.length > 0 && group[0]?.["content"] !== row["content"]) {
      yield group;
      group = [];
    }
    group.push(row);
  }
  if (group.length > 0) yield group;
}

function fileOf(
  driver: SqlDriver,
  paths: DirectoryPaths,
  group: readonly SqlRow[],
  root: string,
): [string, object] {
  const [first] = group;
  const content = first?.["content"] ?? null;
  const sha256 = first?.["sha256"];
  const sha512 = driver
    .prepare("SELECT digest FROM content_digest WHERE content = ? ORDER BY digest LIMIT 1")
    .get(content)?.["digest"];
  const mtime = nsToIso(nsFrom(first?.["mtime"]));
  let firstPath: string | undefined;
  const filenames: Record<string, object | null> = Object.create(null) as Record<string, null>;
  for (const row of group) {
    const path = joinPath(paths.path(Number(row["directory"])), storedName(row["name"]));
    firstPath ??= path;
    const own = nsToIso(nsFrom(row["mtime"]));
    const full = `${root}/${path}`;
    const facts = {
      ...(own === mtime ? {} : { mtime: own }),
      ...(isUtf8Name(full) ? {} : { path_b64: toBase64(nameToBytes(full)) }),
    };
    let key = isUtf8Name(full) ? full : displayPath(full);
    while (key in filenames) key += "~";
    filenames[key] = Object.keys(facts).length === 0 ? null : facts;
  }
  const hex = sha256 instanceof Uint8Array ? toHex(sha256) : undefined;
  return [
    sha512 instanceof Uint8Array ? toHex(sha512) : (hex ?? ""),
    {
      filenames,
      size: Number(first?.["size"]),
      mtime,
      ...(hex === undefined ? {} : { sha256: hex }),
      ...discsOf(driver, Number(content), `${root}/${firstPath ?? ""}`.replace(/^\/+/, "")),
    },
  ];
}

/** `disc_num`, and `discs` where one number does not tell all. */
function discsOf(driver: SqlDriver, content: number, expected: string): object {
  const places = driver
    .prepare(
      `SELECT d.number AS number, f.path AS path, f.offset AS offset, f.length AS length
       FROM disc_file f JOIN disc d ON d.id = f.disc WHERE f.content = ? AND d.state <> 'retired'
       ORDER BY f.offset, d.id LIMIT 10000`,
    )
    .all(content);
  const [first] = places;
  if (first === undefined) return {};
  const discNumber = Number(first["number"]);
  const path = first["path"] instanceof Uint8Array ? nameFromBytes(first["path"]) : "";
  if (places.length === 1 && first["offset"] === 0 && path === expected) {
    return { disc_num: discNumber };
  }
  return { disc_num: discNumber, discs: places.map(placeOf) };
}

function placeOf(row: SqlRow): object {
  const bytes = row["path"] instanceof Uint8Array ? row["path"] : new Uint8Array();
  const path = nameFromBytes(bytes);
  return {
    disc_num: Number(row["number"]),
    ...(isUtf8Name(path) ? { path } : { path: displayPath(path), path_b64: toBase64(bytes) }),
    offset: Number(row["offset"]),
    length: Number(row["length"]),
  };
}

function indent(json: string): string {
  return json.replaceAll("\n", "\n        ");
}
