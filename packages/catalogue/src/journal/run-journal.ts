import type { SqlDriver } from "../driver.ts";
import { packsWithoutCopy, type Pack } from "../packs.ts";
import {
  closingItems,
  commitClosing,
  commitEarly,
  earlyItems,
  hasClosingItems,
  settleUnfinished,
  type ClosingItem,
} from "./closing.ts";
import { Comparison, type ComparisonCounts } from "./comparison.ts";
import { DirectoryPaths } from "./directory-paths.ts";
import {
  commitPack,
  forgetPack,
  planPack,
  storePack,
  unfinishedCatalogueCopies,
  unfinishedPacks,
  type PackIntent,
  type PackResult,
  type PlannedPack,
} from "./packs.ts";
import {
  digestsOfPendingSizes,
  finishScan,
  pendingFiles,
  pendingTotals,
  settle,
  type PendingFile,
  type PendingTotals,
  type Settlement,
} from "./pending.ts";
import { owesNames } from "./owed-names.ts";
import { resolveLinks } from "./resolution.ts";
import type { ScannedDirectory } from "./scanned.ts";
import { commitSliced, knownSlices, type KnownSlice, type SlicedFile } from "./slices.ts";
import { journalTables } from "./tables.ts";
import { listDirectories } from "./unlisted-directories.ts";

/**
 * The write side of one run: scan → queue → packs → closing pack. Whatever is committed here survives
 * a crash; the queue itself does not, because the next run's scan makes it anew.
 */
export class RunJournal {
  readonly run: number;
  readonly #driver: SqlDriver;
  readonly #paths: DirectoryPaths;
  readonly #comparison: Comparison;

  private constructor(driver: SqlDriver, run: number) {
    this.run = run;
    this.#driver = driver;
    this.#paths = new DirectoryPaths(driver);
    this.#comparison = new Comparison(driver);
  }

  /** Begins a run: marks one that was cut as such and gives this one its number. */
  static async begin(driver: SqlDriver, kind: string, startedNs: bigint): Promise<RunJournal> {
    const tables = ["pending", "vanished", "early", "lost", "lost_run", "legacy"];
    driver.exec(tables.map((table) => `DROP TABLE IF EXISTS temp.${table};`).join("\n"));
    driver.exec(journalTables);
    const run = driver.transaction(() => {
      driver.exec("UPDATE run SET state = 'interrupted' WHERE state = 'running'");
      return driver
        .prepare("INSERT INTO run (kind, state, started_ns) VALUES (?, 'running', ?)")
        .run(kind, startedNs).lastId;
    });
    listDirectories(driver, run);
    noteLost(driver);
    noteLegacy(driver);
    return new RunJournal(driver, run);
  }

  async end(
    state: "done" | "partial" | "interrupted" | "failed",
    figures: Readonly<Record<string, number | string>>,
    endedNs: bigint,
  ): Promise<void> {
    this.#driver
      .prepare("UPDATE run SET state = ?, figures = ?, ended_ns = ? WHERE id = ?")
      .run(state, JSON.stringify(figures), endedNs, this.run);
  }

  /** Takes back a run that changed nothing, so that it leaves no number behind. */
  async forget(): Promise<void> {
    this.#driver
      .prepare("DELETE FROM run WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM pack WHERE run = ?1)")
      .run(this.run);
  }

  /** True if the catalogue has anything that is not gone. */
  hasEntries(): boolean {
    const row = this.#driver.prepare("SELECT 1 FROM entry WHERE end_run IS NULL LIMIT 1").get();
    return row !== undefined;
  }

  /** Compares scanned directories with the catalogue; parents must come before their children. */
  async compare(directories: readonly ScannedDirectory[]): Promise<Readonly<ComparisonCounts>> {
    this.#driver.transaction(() => {
      for (const one of directories) this.#comparison.add(one);
    });
    return this.#comparison.counts;
  }

  /** Ends the scan. Directories that were not compared keep the entries that they had. */
  async finishScan(): Promise<PendingTotals> {
    finishScan(this.#driver);
    return pendingTotals(this.#driver);
  }

  async pendingFiles(afterSeq: number, limit: number): Promise<PendingFile[]> {
    return pendingFiles(this.#driver, this.#paths, afterSeq, limit);
  }

  /** Digests of known contents that pending files may turn out to be, by their size. */
  digestsOfPendingSizes(): Iterable<Uint8Array> {
    return digestsOfPendingSizes(this.#driver);
  }

  async knownSlices(seq: number): Promise<KnownSlice[]> {
    return knownSlices(this.#driver, seq);
  }

  async planPack(atNs: bigint, intent: (number: number) => PackIntent): Promise<PlannedPack> {
    return planPack(this.#driver, this.run, atNs, intent);
  }

  async unfinishedPacks(): Promise<{ id: number; key: string }[]> {
    return unfinishedPacks(this.#driver);
  }

  async unfinishedCatalogueCopies(): Promise<{ destination: number; key: string }[]> {
    return unfinishedCatalogueCopies(this.#driver);
  }

  /** Stored packs of which a destination has no good copy, in key order, after a pack. */
  async packsWithoutCopy(destination: number, afterPack: number): Promise<Pack[]> {
    return packsWithoutCopy(this.#driver, destination, afterPack, 200);
  }

  async forgetPack(packId: number): Promise<void> {
    forgetPack(this.#driver, packId);
  }

  /** Commits in one transaction what reading one batch of files led to. */
  async commit(
    results: readonly PackResult[],
    settlements: Iterable<Settlement>,
    sliced: readonly SlicedFile[] = [],
  ): Promise<void> {
    this.#driver.transaction(() => {
      for (const result of results) commitPack(this.#driver, this.run, result);
      for (const file of sliced) commitSliced(this.#driver, this.run, file);
      settle(this.#driver, settlements);
    });
  }

  /** See {@link resolveLinks}. */
  async resolveLinks(): Promise<number> {
    return resolveLinks(this.#driver);
  }

  hasClosingItems(): boolean {
    settleUnfinished(this.#driver);
    return hasClosingItems(this.#driver);
  }

  closingItems(): Iterable<ClosingItem> {
    return closingItems(this.#driver, this.#paths);
  }

  /** True if a run that was cut owes names to stock tools; {@link earlyItems} has them. */
  owesNames(): boolean {
    return owesNames(this.#driver);
  }

  earlyItems(): Iterable<ClosingItem> {
    return earlyItems(this.#driver, this.#paths);
  }

  async commitEarly(result: PackResult): Promise<void> {
    commitEarly(this.#driver, this.run, result);
  }

  async commitClosing(result: PackResult): Promise<void> {
    commitClosing(this.#driver, this.run, result);
  }

  /** Commits a closing pack that is not the run's last one. */
  async commitClosingPart(result: PackResult): Promise<void> {
    this.#driver.transaction(() => {
      storePack(this.#driver, result);
    });
  }
}

/**
 * Contents of which no good copy is left: files that have them are stored again. Runs that lost a closing
 * pack: directories and symlinks that it told of are told again. O(placements) if anything is lost.
 */
function noteLost(driver: SqlDriver): void {
  const some = driver
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM copy WHERE state <> 'stored')
        OR EXISTS (SELECT 1 FROM destination WHERE state <> 'active') AS bad`,
    )
    .get();
  if (some?.["bad"] !== 1) return;
  driver.exec(`INSERT INTO lost (content) SELECT DISTINCT p.content FROM placement p
      WHERE NOT EXISTS (SELECT 1 FROM placement q JOIN copy c ON c.pack = q.pack
        JOIN destination d ON d.id = c.destination
        WHERE q.content = p.content AND c.state = 'stored' AND d.state = 'active');
    INSERT OR IGNORE INTO lost (content) SELECT DISTINCT s.content FROM content_slice s
      WHERE s.slice IN (SELECT content FROM lost);
    INSERT INTO lost_run SELECT DISTINCT k.run FROM pack k
      WHERE NOT EXISTS (SELECT 1 FROM placement p WHERE p.pack = k.id) AND k.state <> 'planned'
        AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.pack = k.id AND c.state = 'stored')`);
}

/** Contents that only pyArchiver's tars hold: stock tar cannot link to them from our packs. O(placements) if any. */
function noteLegacy(driver: SqlDriver): void {
  const some = driver.prepare("SELECT 1 FROM pack WHERE format = 'pyarchiver' LIMIT 1").get();
  if (some === undefined) return;
  driver.exec(`INSERT INTO legacy SELECT p.content FROM placement p JOIN pack k ON k.id = p.pack
    GROUP BY p.content HAVING min(k.format = 'pyarchiver') = 1`);
}
