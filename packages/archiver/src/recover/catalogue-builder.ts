import type { SqlDriver } from "@coldstow/catalogue";
import type { ManifestFile, ManifestLine } from "../manifest/index.ts";
import type { MemberLine } from "./member-lines.ts";
import { RebuiltEntries, type RebuiltEntry } from "./rebuilt-entries.ts";
import { SlicedVersions, type SlicedVersion } from "./sliced-versions.ts";
import type { PackSurvey } from "./survey-pack.ts";

/** The pack whose lines come next. */
export interface PackPlace {
  readonly key: string;
  readonly run: number;
  readonly number: number;
  readonly zstd: boolean;
  readonly sealed: boolean;
}

/**
 * Writes into a catalogue what manifests say, pack by pack in the order of their keys
 * (docs/formats/recovery.md, section 3). Memory does not grow with the archive. Every method is to be
 * called inside a transaction.
 */
export class CatalogueBuilder {
  readonly #driver: SqlDriver;
  readonly #entries: RebuiltEntries;
  readonly #sliced: SlicedVersions;

  constructor(driver: SqlDriver) {
    this.#driver = driver;
    this.#entries = new RebuiltEntries(driver);
    this.#sliced = new SlicedVersions(driver);
  }

  /** Notes a pack, and its run where it is the first of it. @returns its id */
  openPack(place: PackPlace, createdNs: bigint): number {
    const { key, run, sealed, zstd } = place;
    this.#driver
      .prepare(
        `INSERT INTO run (id, kind, state, started_ns, ended_ns) VALUES (?1, ?2, 'done', ?3, ?3)
         ON CONFLICT (id) DO UPDATE SET ended_ns = max(coalesce(ended_ns, 0), excluded.ended_ns)`,
      )
      .run(run, run === 1 ? "start" : "resume", createdNs);
    // Two writers may have reached the same number; the order of the keys still holds.
    const taken = this.#driver.prepare("SELECT 1 FROM pack WHERE run = ? AND number = ?");
    let { number } = place;
    while (taken.get(run, number) !== undefined) number += 1;
    return this.#driver
      .prepare(
        `INSERT INTO pack (run, number, key, format, sealed, state, created_ns)
         VALUES (?, ?, ?, ?, ?, 'planned', ?)`,
      )
      .run(run, number, key, zstd ? "tar.zst" : "tar", sealed ? 1 : 0, createdNs).lastId;
  }

  /** The pack was read to its end. */
  closePack(
    pack: number,
    survey: PackSurvey,
    destination: number,
    isSound: boolean,
    nowNs: bigint,
  ): void {
    this.#driver
      .prepare("UPDATE pack SET state = 'stored', size = ?, sha256 = ?, tar_size = ? WHERE id = ?")
      .run(survey.sizeBytes, survey.sha256, survey.tarBytes, pack);
    this.#driver
      .prepare("INSERT INTO copy (pack, destination, state, stored_ns) VALUES (?, ?, ?, ?)")
      .run(pack, destination, isSound ? "stored" : "damaged", nowNs);
  }

  addLine(run: number, pack: number, line: ManifestLine): void {
    switch (line.type) {
      case "file":
        this.#addFile(run, pack, line, false);
        return;
      case "hardlink":
      case "metadata":
        this.#addNamed(run, line);
        return;
      case "directory":
        this.#entries.begin(run, { ...line, kind: "directory", sizeBytes: 0 });
        return;
      case "symlink":
        this.#entries.begin(run, { ...line, kind: "symlink", sizeBytes: 0 });
        return;
      case "deleted":
        this.#sliced.forget(line.path);
        this.#entries.end(run, line.path);
    }
  }

  /** As {@link addLine}, from a member itself, unless the manifest told of it. @returns whether it was new */
  addMember(run: number, pack: number, { line, damaged, afterDamage }: MemberLine): boolean {
    if (line.type === "deleted") {
      this.#entries.endWithAllBelow(run, line.path);
      return false;
    }
    if (this.#entries.current(line.path)?.firstRun === run) return false;
    if (line.type === "tar-hardlink") return this.#addTarHardlink(run, line.path, line.link);
    if (line.type === "file") {
      if (afterDamage && this.#liesWithin(pack, line.offset)) return false;
      if (this.#isPlaced(pack, line.offset)) return false;
      const part = this.#sliced.partNamed(line.path);
      this.#addFile(run, pack, part === undefined ? line : { ...line, part }, damaged);
    } else this.addLine(run, pack, line);
    return true;
  }

  /** Files in slices that are complete at the end of a run, or may be once their digest is known. */
  *slicedFiles(): Generator<{ readonly file: SlicedVersion; readonly slices: readonly number[] }> {
    for (const file of this.#sliced.waiting()) {
      const slices = this.#sliced.slicesOf(file.path, file.sizeBytes);
      if (slices !== undefined) yield { file, slices };
    }
  }

  /** Commits a file as the sum of its slices. */
  addSliced(run: number, file: SlicedVersion, slices: readonly number[], sha256: Uint8Array): void {
    const content = this.#contentId(sha256, file.sizeBytes);
    const add = this.#driver.prepare(
      "INSERT OR REPLACE INTO content_slice (content, n, slice) VALUES (?, ?, ?)",
    );
    for (const [n, slice] of slices.entries()) add.run(content, n, slice);
    const unstable = file.sha256 === undefined;
    this.#entries.begin(run, { ...file, kind: "file", content, unstable });
    this.#sliced.forget(file.path);
  }

  #addFile(run: number, pack: number, line: ManifestFile, damaged: boolean): void {
    // The writer kept no such version; it is better than none all the same.
    if (line.torn === true && this.#entries.current(line.path) !== undefined) return;
    const content = this.#contentId(Buffer.from(line.sha256, "hex"), line.sizeBytes);
    this.#driver
      .prepare(
        "INSERT OR IGNORE INTO placement (content, pack, offset, length, sparse) VALUES (?, ?, ?, ?, ?)",
      )
      .run(
        content,
        pack,
        line.offset,
        line.storedBytes ?? line.sizeBytes,
        line.storedBytes === undefined ? 0 : 1,
      );
    if (line.part === undefined) {
      const unstable = damaged || line.torn === true;
      this.#sliced.forget(line.path);
      this.#entries.begin(run, { ...line, kind: "file", content, unstable });
    } else {
      const { path } = line.part.whole;
      this.#sliced.seed(path, this.#entries.current(path)?.content);
      this.#sliced.add(line.part, content, line.sizeBytes, { ...line, inode: line.inode });
    }
  }

  #addNamed(run: number, line: Extract<ManifestLine, { type: "hardlink" | "metadata" }>): void {
    if (line.type === "hardlink" && line.part !== undefined) return;
    const sha256 = Buffer.from(line.sha256, "hex");
    const known = this.#driver.prepare("SELECT 1 FROM content WHERE sha256 = ?").get(sha256);
    const stamp = { ...line, inode: line.inode };
    const isSliced = line.type === "metadata" && known === undefined;
    if (isSliced) this.#sliced.seed(line.path, this.#entries.current(line.path)?.content);
    if (isSliced && this.#sliced.describe(line.path, line.sizeBytes, sha256, stamp)) return;
    const content = this.#contentId(sha256, line.sizeBytes);
    this.#sliced.forget(line.path);
    this.#entries.begin(run, { ...line, kind: "file", content });
  }

  #addTarHardlink(run: number, path: string, link: string): boolean {
    const target = this.#entries.current(link);
    if (target?.kind !== "file") return false;
    const entry: RebuiltEntry = { ...target, path };
    this.#entries.begin(run, entry);
    return true;
  }

  #contentId(sha256: Uint8Array, sizeBytes: number): number {
    const known = this.#driver.prepare("SELECT id FROM content WHERE sha256 = ?").get(sha256);
    if (known !== undefined) return Number(known["id"]);
    return this.#driver
      .prepare("INSERT INTO content (sha256, size) VALUES (?, ?)")
      .run(sha256, sizeBytes).lastId;
  }

  #isPlaced(pack: number, offset: number): boolean {
    const sql = "SELECT 1 FROM placement WHERE pack = ? AND offset = ?";
    return this.#driver.prepare(sql).get(pack, offset) !== undefined;
  }

  /** A tar that lies in the tar shows its headers behind damage; its bytes are a known member's. */
  #liesWithin(pack: number, offset: number): boolean {
    const row = this.#driver
      .prepare(
        "SELECT offset + length AS end FROM placement WHERE pack = ? AND offset <= ? ORDER BY offset DESC LIMIT 1",
      )
      .get(pack, offset);
    return row !== undefined && offset < Number(row["end"]) && !this.#isPlaced(pack, offset);
  }
}
