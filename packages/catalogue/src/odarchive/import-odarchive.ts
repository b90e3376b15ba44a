import { nameToBytes } from "@coldstow/contracts";
import { contentWith } from "../content-digests.ts";
import type { SqlDriver } from "../driver.ts";
import { ensureDirectory } from "../path-tree.ts";
import {
  parseFile,
  parseHead,
  type DiscPlace,
  type OdarchiveFile,
  type OdarchiveHead,
} from "./odarchive-shape.ts";

export interface OdarchiveImportOptions {
  /** When the import happens. */
  readonly nowNs: bigint;
  /** Names the disc set of a file that has no guid of its own (versions before 0.0.2). */
  readonly fallbackGuid: string;
  /** What times without a zone are taken for; "local", this machine's, unless told. */
  readonly zone?: "local" | "utc";
}

export interface OdarchiveImport {
  /** The run that was made for it. */
  readonly run: number;
  readonly contents: number;
  /** Names that are new or lead to other bytes than before. */
  readonly files: number;
  readonly unchanged: number;
  readonly discs: number;
}

/**
 * Takes in a catalogue.json of odarchive (versions 1 and 2) or of coldstow (version 3) as a run of
 * its own, all or nothing. Names that the file does not list stay as they are, so several files can
 * be joined into one catalogue. O(names); the whole text is in memory.
 * @param text the file's text; CRLF and a byte order mark are no matter
 * @throws {E_FORMAT | E_NEWER_FORMAT} and nothing is taken in
 */
export function importOdarchive(
  driver: SqlDriver,
  text: string,
  options: OdarchiveImportOptions,
): OdarchiveImport {
  const { head, files } = parseHead(text.replace(/^\uFEFF/, ""));
  return driver.transaction(() => {
    const run = driver
      .prepare(
        "INSERT INTO run (kind, state, started_ns, ended_ns) VALUES ('import', 'done', ?, ?)",
      )
      .run(options.nowNs, options.nowNs).lastId;
    const discs = new Discs(driver, head, options);
    let contents = 0;
    let added = 0;
    let unchanged = 0;
    for (const [key, value] of Object.entries(files)) {
      const file = parseFile(key, value, head, options.zone ?? "local");
      const content = contentWith(driver, file, file.sizeBytes);
      contents += 1;
      for (const name of file.names) {
        if (putName(driver, run, content, file.sizeBytes, name)) added += 1;
        else unchanged += 1;
      }
      discs.put(file, content);
    }
    const figures = { contents, files: added, unchanged, discs: discs.count };
    driver.prepare("UPDATE run SET figures = ? WHERE id = ?").run(JSON.stringify(figures), run);
    return { run, ...figures };
  });
}

/** False if the current version is the same already. */
function putName(
  driver: SqlDriver,
  run: number,
  content: number,
  sizeBytes: number,
  name: OdarchiveFile["names"][number],
): boolean {
  const slash = name.path.lastIndexOf("/");
  const directory = ensureDirectory(driver, slash < 0 ? "" : name.path.slice(0, slash));
  const bytes = nameToBytes(name.path.slice(slash + 1));
  const current = driver
    .prepare(
      `SELECT id, kind = 'file' AND content = ?3 AND mtime_ns = ?4 AS same FROM entry
       WHERE directory = ?1 AND name = ?2 AND end_run IS NULL`,
    )
    .get(directory, bytes, content, name.mtimeNs);
  if (current?.["same"] === 1) return false;
  if (current !== undefined) {
    driver.prepare("UPDATE entry SET end_run = ? WHERE id = ?").run(run, current["id"] ?? null);
  }
  driver
    .prepare(
      `INSERT INTO entry (directory, name, kind, size, mtime_ns, ctime_ns, mode, uid, gid, content, first_run)
       VALUES (?, ?, 'file', ?, ?, ?, ?, 0, 0, ?, ?)`,
    )
    .run(directory, bytes, sizeBytes, name.mtimeNs, name.mtimeNs, 0o644, content, run);
  return true;
}

/** The discs that the file speaks of, made when the first content on them turns up. */
class Discs {
  readonly #driver: SqlDriver;
  readonly #head: OdarchiveHead;
  readonly #options: OdarchiveImportOptions;
  readonly #discs = new Map<number, number>();
  #set: number | undefined;

  constructor(driver: SqlDriver, head: OdarchiveHead, options: OdarchiveImportOptions) {
    this.#driver = driver;
    this.#head = head;
    this.#options = options;
  }

  get count(): number {
    return this.#discs.size;
  }

  put(file: OdarchiveFile, content: number): void {
    // The releases before 0.0.2, which had no guid, left the number of disc 0 out.
    const early = this.#head.version === 1 && this.#head.guid === undefined;
    const number = file.discNumber ?? (early ? 0 : undefined);
    const first = file.names[0]?.path;
    if (file.places.length > 0) {
      for (const place of file.places) this.#put(content, place);
    } else if (number !== undefined && first !== undefined) {
      const path = `${this.#head.root.replace(/^\/+/, "")}/${first}`;
      this.#put(content, { discNumber: number, path, offset: 0, length: file.sizeBytes });
    }
  }

  #put(content: number, { discNumber, path, offset, length }: DiscPlace): void {
    const disc = this.#discs.get(discNumber) ?? this.#disc(discNumber);
    this.#discs.set(discNumber, disc);
    this.#driver
      .prepare(
        "INSERT OR IGNORE INTO disc_file (disc, content, path, offset, length) VALUES (?, ?, ?, ?, ?)",
      )
      .run(disc, content, nameToBytes(path), offset, length);
  }

  #disc(number: number): number {
    this.#set ??= this.#makeSet();
    const known = this.#driver
      .prepare("SELECT id FROM disc WHERE disc_set = ? AND number = ?")
      .get(this.#set, number);
    if (known !== undefined) return Number(known["id"]);
    return this.#driver
      .prepare("INSERT INTO disc (disc_set, number, label, state) VALUES (?, ?, ?, 'imaged')")
      .run(this.#set, number, `${this.#head.jobName ?? "odarchive"} ${number}`).lastId;
  }

  #makeSet(): number {
    const guid = this.#head.guid ?? this.#options.fallbackGuid;
    const known = this.#driver.prepare("SELECT id FROM disc_set WHERE guid = ?").get(guid);
    if (known !== undefined) return Number(known["id"]);
    return this.#driver
      .prepare(
        "INSERT INTO disc_set (guid, name, medium, capacity_blocks, created_ns) VALUES (?, ?, 'odarchive', ?, ?)",
      )
      .run(
        guid,
        this.#head.jobName ?? "odarchive",
        Math.floor((this.#head.segmentBytes ?? 0) / 2048),
        this.#options.nowNs,
      ).lastId;
  }
}
