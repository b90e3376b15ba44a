import type { SqlDriver } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { ColdstowError, nameFromBytes } from "@coldstow/contracts";
import { cells, lastCell, lastText } from "./py-cells.ts";
import { asPyFormat, pyFormatError } from "./py-format-error.ts";
import { readSender, type PySender } from "./py-sender.ts";
import { findPyTables, type PyTables } from "./py-tables.ts";
import { readStateHead, stateFiles, type PyFile } from "./state-json.ts";
import { compareTarNames, isCiphered, tarNameOf } from "./tar-name.ts";

/** What a file of pyArchiver says, of whichever version. Use it before it is closed. */
export interface PyArchive {
  /** 1, or 2 for the files between the two as well. */
  readonly version: 1 | 2;
  readonly iniText: string | undefined;
  /** The password lies in the file in clear. "none": the tars are plain. */
  readonly cipher: { readonly kind: "aes"; readonly password: string } | { readonly kind: "none" };
  readonly sender: PySender | undefined;
  /** The archived directory, as its system wrote it; undefined where nothing was ever scanned. */
  readonly root: string | undefined;
  /** Names of the tars that were sent, in the order in which later ones override. O(tars) in memory. */
  readonly tars: readonly string[];
  /** The folder of the newest tar at the destination, as the file gives it. */
  readonly remoteDirectory: string | undefined;
  /** Entries of the list of tars that are no names of tars. */
  readonly refusedTars: number;
  /** Files that waited to be sent, each counted once. */
  readonly pendingCount: number;
  /** The files of the last scan, sent or not, one by one. @throws {E_FORMAT} */
  files(onRefused?: (path: string) => void): Iterable<PyFile>;
  /** Paths that waited to be sent, as they stand there; the old form may repeat one. */
  pending(): Iterable<string>;
  close(): void;
}

/** SQLite stores no larger value. */
const longestState = 1_000_000_000;

/**
 * Reads an archive file of pyArchiver, whichever form it has (docs/formats/pyarchiver.md §1, §2).
 * Nothing is written. Memory: the state's JSON once, as it lies in the file (about 150 bytes a file of
 * the tree, 10^9 bytes at most); files are given out one by one.
 * @param source its path, or a driver that is open on it and stays open afterwards
 * @throws {E_FORMAT} if it is none of pyArchiver, or a damaged one
 * @throws {E_EXISTS} if it is a catalogue of coldstow
 * @throws {E_NOT_FOUND | E_PERMISSION | E_LOCKED | E_IO}
 */
export function readPyArchive(source: SqlDriver | string): PyArchive {
  if (typeof source !== "string") return readDriver(source, () => {});
  const driver = asPyFormat(() => openNodeDriver(source, { readOnly: true }));
  try {
    return readDriver(driver, () => driver.close());
  } catch (error) {
    driver.close();
    throw error;
  }
}

function readDriver(driver: SqlDriver, close: () => void): PyArchive {
  if (pragma(driver, "application_id") !== 0) {
    throw new ColdstowError("E_EXISTS", "This is no archive of pyArchiver. It was not changed.", {
      hint: "A catalogue of coldstow needs no update.",
    });
  }
  const tables = findPyTables(driver);
  const fileBytes = pragma(driver, "page_count") * pragma(driver, "page_size");
  const state = lastCell(driver, "json", "state_dir", Math.min(longestState, fileBytes));
  const bytes = state ?? new Uint8Array(0);
  const head =
    bytes.length === 0 ? { root: undefined, filesOffset: undefined } : readStateHead(bytes);
  return {
    version: versionOf(driver, tables),
    iniText:
      tables.get("config")?.has("ini") === true ? lastText(driver, "config", "ini") : undefined,
    ...tarsOf(driver, tables),
    sender: readSender(driver, tables),
    root: head.root === "" ? undefined : head.root,
    pendingCount: Number(
      asPyFormat(() =>
        driver.prepare("SELECT count(DISTINCT path) AS n FROM files_to_archive").get(),
      )?.["n"],
    ),
    files: (onRefused) => stateFiles(bytes, head, onRefused),
    pending: () => names(cells(driver, "files_to_archive", "path")),
    close,
  };
}

function pragma(driver: SqlDriver, name: string): number {
  return Number(Object.values(asPyFormat(() => driver.prepare(`PRAGMA ${name}`).get()) ?? {})[0]);
}

function* names(values: Iterable<Uint8Array>): Generator<string> {
  for (const value of values) yield nameFromBytes(value);
}

/** Where the table `version` is missing or empty, the form of the queue decides. */
function versionOf(driver: SqlDriver, tables: PyTables): 1 | 2 {
  const row =
    tables.get("version")?.has("version") === true
      ? asPyFormat(() => driver.prepare("SELECT max(version) AS v FROM version").get())
      : undefined;
  const version = row?.["v"];
  if (version === undefined || version === null) {
    return tables.get("files_to_archive")?.has("hash") === true ? 2 : 1;
  }
  if (version === 1 || version === 2) return version;
  throw pyFormatError(
    `it has the version ${String(version).slice(0, 50)}, and only 1 and 2 are known`,
  );
}

function tarsOf(
  driver: SqlDriver,
  tables: PyTables,
): Pick<PyArchive, "tars" | "remoteDirectory" | "refusedTars" | "cipher"> {
  const remote = new Map<string, string>();
  let refusedTars = 0;
  for (const path of names(cells(driver, "tars", "path"))) {
    const name = tarNameOf(path);
    if (name === undefined) refusedTars += 1;
    else remote.set(name, path.slice(0, path.length - name.length));
  }
  const tars = [...remote.keys()].toSorted(compareTarNames);
  const folder = remote.get(tars.at(-1) ?? "") ?? "";
  return {
    tars,
    refusedTars,
    remoteDirectory: folder.length > 1 ? folder.slice(0, -1) : folder === "" ? undefined : folder,
    cipher: cipherOf(driver, tables, tars.some(isCiphered)),
  };
}

function cipherOf(driver: SqlDriver, tables: PyTables, sealed: boolean): PyArchive["cipher"] {
  const columns = tables.get("cipher");
  const type = columns?.has("type") === true ? lastText(driver, "cipher", "type") : undefined;
  if (type === "dummy" || (type === undefined && !sealed)) return { kind: "none" };
  if (type !== undefined && type !== "aes") {
    throw pyFormatError(`its cipher is ${JSON.stringify(type.slice(0, 50))}, which is not known`);
  }
  const key = columns?.has("key") === true ? lastText(driver, "cipher", "key") : undefined;
  return { kind: "aes", password: key ?? "" };
}
