import {
  addCatalogueCopy,
  listCatalogueCopies,
  removeCatalogueCopy,
  type CatalogueCopy,
} from "./catalogue-copies.ts";
import {
  copiesOfPack,
  copiesOnDestination,
  recordCopy,
  recordVerification,
  type Copy,
  type CopyListOptions,
  type CopyResult,
  type Verification,
} from "./copies.ts";
import {
  addDestination,
  listDestinations,
  removeDestination,
  updateDestination,
  type Destination,
  type NewDestination,
} from "./destinations.ts";
import { diff, type DiffCursor, type Difference, type DiffOptions } from "./diff.ts";
import type { SqlDriver } from "./driver.ts";
import { entryAt, history } from "./entry-at.ts";
import type { CatalogueEntry } from "./entry.ts";
import { find, type FindOptions } from "./find.ts";
import { integrityCheck, type IntegrityFinding } from "./integrity.ts";
import { list, type ListOptions } from "./list.ts";
import { getMeta, setMeta, type Meta, type MetaKey } from "./meta.ts";
import { exportOdarchive, type OdarchiveExportOptions } from "./odarchive/export-odarchive.ts";
import {
  importOdarchive,
  type OdarchiveImport,
  type OdarchiveImportOptions,
} from "./odarchive/import-odarchive.ts";
import { checkCatalogue, createCatalogue, type NewCatalogue } from "./open-catalogue.ts";
import {
  getPack,
  listPacks,
  packByKey,
  packTotals,
  type Pack,
  type PackListOptions,
  type PackTotals,
} from "./packs.ts";
import type { Page } from "./page.ts";
import { directoryId, directoryPath } from "./path-tree.ts";
import {
  addJobPacks,
  changeJobPacks,
  listJobPacks,
  type JobPack,
  type JobPackChange,
  type JobPackOptions,
} from "./restore-job-packs.ts";
import {
  addRestoreJob,
  changeRestoreJob,
  closeRestoreJob,
  jobPackGroups,
  listRestoreJobs,
  type JobPackGroup,
  type NewRestoreJob,
  type RestoreJob,
  type RestoreJobState,
} from "./restore-jobs.ts";
import { getRun, latestFinishedRun, listRuns, newestRun, type Run } from "./runs.ts";
import type { SelectionOptions } from "./selection/fill-entries.ts";
import { Selection } from "./selection/selection.ts";
import { totals, type Totals } from "./totals.ts";

/**
 * The catalogue of one archive. Its methods take and give batches and pages, and are asynchronous,
 * so that another engine can stand behind them.
 */
export class Catalogue {
  readonly driver: SqlDriver;

  private constructor(driver: SqlDriver) {
    this.driver = driver;
  }

  /**
   * Makes a catalogue in an empty database.
   * @throws {E_EXISTS} if the database has anything in it
   */
  static async create(driver: SqlDriver, facts: NewCatalogue): Promise<Catalogue> {
    createCatalogue(driver, facts);
    return new Catalogue(driver);
  }

  /**
   * Opens a catalogue, raising one of an older coldstow.
   * @throws {E_OLD_FORMAT} for an archive of pyArchiver, or an old catalogue opened for reading
   * @throws {E_NEWER_FORMAT | E_FORMAT | E_CORRUPT}
   */
  static async open(
    driver: SqlDriver,
    options: { readonly readOnly?: boolean } = {},
  ): Promise<Catalogue> {
    checkCatalogue(driver, options.readOnly === true);
    return new Catalogue(driver);
  }

  async close(): Promise<void> {
    this.driver.close();
  }

  async meta<K extends MetaKey>(key: K): Promise<Meta[K] | undefined> {
    return getMeta(this.driver, key);
  }

  /** Sets facts together; `undefined` removes one. */
  async setMeta(facts: { readonly [K in MetaKey]?: Meta[K] | undefined }): Promise<void> {
    setMeta(this.driver, facts);
  }

  /** Every contradiction inside the catalogue, one at a time; nothing is changed. O(catalogue · log). */
  async *integrityCheck(): AsyncIterable<IntegrityFinding> {
    yield* integrityCheck(this.driver);
  }

  /** Runs, oldest first. */
  async runs(options?: {
    readonly after?: number;
    readonly limit?: number;
  }): Promise<Page<Run, number>> {
    return listRuns(this.driver, options);
  }

  async run(id: number): Promise<Run | undefined> {
    return getRun(this.driver, id);
  }

  /** The newest run that came to its end. */
  async latestFinishedRun(): Promise<Run | undefined> {
    return latestFinishedRun(this.driver);
  }

  /** The id of the newest run in any state, 0 when there was none: "as things are now". */
  async newestRun(): Promise<number> {
    return newestRun(this.driver);
  }

  async destinations(): Promise<readonly Destination[]> {
    return listDestinations(this.driver);
  }

  /** @returns its id @throws {E_EXISTS} if an active destination has the name */
  async addDestination(added: NewDestination): Promise<number> {
    return addDestination(this.driver, added);
  }

  /** Replaces the settings. @throws {E_NOT_FOUND} */
  async updateDestination(id: number, settings: Readonly<Record<string, string>>): Promise<void> {
    updateDestination(this.driver, id, settings);
  }

  /** Marks it as no longer used; what is known of its copies stays. @throws {E_NOT_FOUND} */
  async removeDestination(id: number): Promise<void> {
    removeDestination(this.driver, id);
  }

  /** Packs in the order of their keys. */
  async packs(options?: PackListOptions): Promise<Page<Pack, number>> {
    return listPacks(this.driver, options);
  }

  async pack(id: number): Promise<Pack | undefined> {
    return getPack(this.driver, id);
  }

  async packByKey(key: string): Promise<Pack | undefined> {
    return packByKey(this.driver, key);
  }

  async packTotals(): Promise<PackTotals> {
    return packTotals(this.driver);
  }

  async copiesOfPack(pack: number): Promise<readonly Copy[]> {
    return copiesOfPack(this.driver, pack);
  }

  async copiesOnDestination(
    destination: number,
    options?: CopyListOptions,
  ): Promise<Page<Copy, number>> {
    return copiesOnDestination(this.driver, destination, options);
  }

  /** Notes the state of a copy, new or known. A copy that is stored anew has not been verified yet. */
  async recordCopy(pack: number, destination: number, result: CopyResult): Promise<void> {
    recordCopy(this.driver, pack, destination, result);
  }

  /** Notes what looking at a copy showed. @throws {E_NOT_FOUND} if there is no such copy */
  async recordVerification(pack: number, destination: number, seen: Verification): Promise<void> {
    recordVerification(this.driver, pack, destination, seen);
  }

  /** The copies of the catalogue on a destination, newest first. */
  async catalogueCopies(destination: number): Promise<readonly CatalogueCopy[]> {
    return listCatalogueCopies(this.driver, destination);
  }

  async addCatalogueCopy(copy: CatalogueCopy): Promise<void> {
    addCatalogueCopy(this.driver, copy);
  }

  async removeCatalogueCopy(destination: number, key: string): Promise<void> {
    removeCatalogueCopy(this.driver, destination, key);
  }

  /** What lies in a directory, "" for the root. @throws {E_NOT_FOUND} if it is none in that run */
  async list(directory: string, options?: ListOptions): Promise<Page<CatalogueEntry, string>> {
    return list(this.driver, directory, options);
  }

  /** Searches by name, size and time. @throws {E_NOT_FOUND} if `under` never was a directory */
  async find(options?: FindOptions): Promise<Page<CatalogueEntry, number>> {
    return find(this.driver, options);
  }

  /** What differs between two runs, grouped by directory. */
  async diff(
    from: number,
    to: number,
    options?: DiffOptions,
  ): Promise<Page<Difference, DiffCursor>> {
    return diff(this.driver, from, to, options);
  }

  /** Every version of what lay at a path, oldest first. */
  async history(path: string): Promise<readonly CatalogueEntry[]> {
    return history(this.driver, path);
  }

  /** What lay at a path in a run, the newest run if none is named. */
  async entryAt(path: string, run?: number): Promise<CatalogueEntry | undefined> {
    return entryAt(this.driver, path, run);
  }

  /** What the archive held in a run, the newest if none is named. O(entries ever). */
  async totals(run?: number): Promise<Totals> {
    return totals(this.driver, run);
  }

  /** @throws {E_CORRUPT} if there is no such directory */
  async directoryPath(id: number): Promise<string> {
    return directoryPath(this.driver, id);
  }

  async directoryId(path: string): Promise<number | undefined> {
    return directoryId(this.driver, path);
  }

  /** What a restore is about; close it afterwards. @throws {E_NOT_FOUND} naming a path that is not there */
  async openSelection(options: SelectionOptions): Promise<Selection> {
    return Selection.open(this.driver, options);
  }

  /** Restores that wait, or waited, for frozen packs, oldest first. */
  async restoreJobs(state: RestoreJobState): Promise<readonly RestoreJob[]> {
    return listRestoreJobs(this.driver, state);
  }

  /** Opens a restore that has to wait for frozen packs. @returns its id */
  async addRestoreJob(job: NewRestoreJob, nowNs: bigint): Promise<number> {
    return addRestoreJob(this.driver, job, nowNs);
  }

  /** Changes where an open restore goes to, or its selection. @throws {E_NOT_FOUND} if it is not open */
  async changeRestoreJob(
    id: number,
    change: Partial<Pick<NewRestoreJob, "destination" | "selection">>,
    nowNs: bigint,
  ): Promise<void> {
    changeRestoreJob(this.driver, id, change, nowNs);
  }

  /** Ends a restore and forgets its packs. @throws {E_NOT_FOUND} if it is not open */
  async closeRestoreJob(
    id: number,
    state: Exclude<RestoreJobState, "open">,
    nowNs: bigint,
  ): Promise<void> {
    closeRestoreJob(this.driver, id, state, nowNs);
  }

  /** How many packs of a restore are in which state, by destination. O(packs of the restore). */
  async restoreJobGroups(id: number): Promise<readonly JobPackGroup[]> {
    return jobPackGroups(this.driver, id);
  }

  /** Adds packs to a restore, all or nothing; one that it has stays as it is. */
  async addRestoreJobPacks(id: number, packs: readonly JobPackChange[]): Promise<void> {
    addJobPacks(this.driver, id, packs);
  }

  /** Notes new states of packs of a restore, all or nothing. */
  async changeRestoreJobPacks(id: number, packs: readonly JobPackChange[]): Promise<void> {
    changeJobPacks(this.driver, id, packs);
  }

  /** The packs of a restore, in the order in which they were written. */
  async restoreJobPacks(id: number, options?: JobPackOptions): Promise<Page<JobPack, number>> {
    return listJobPacks(this.driver, id, options);
  }

  /** Takes in a catalogue.json, all or nothing. @throws {E_FORMAT | E_NEWER_FORMAT} */
  async importOdarchive(text: string, options: OdarchiveImportOptions): Promise<OdarchiveImport> {
    return importOdarchive(this.driver, text, options);
  }

  /** The archive as a catalogue.json of version 3, piece by piece. */
  async *exportOdarchive(options: OdarchiveExportOptions): AsyncIterable<string> {
    yield* exportOdarchive(this.driver, options);
  }
}
