import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { ColdstowError, fromSystemError, silent, type ProgressSink } from "@coldstow/contracts";
import { SafeTree, type OnExisting } from "../restore/safe-tree.ts";
import type { DamagedFile } from "./content-writer.ts";
import { folderSource } from "./folder-source.ts";
import { takeNewestCatalogue } from "./newest-catalogue.ts";
import type { PackObject, RecoverySource } from "./source-object.ts";
import { listPacks, missingNumbers, type PackList } from "./pack-list.ts";
import { rebuildCatalogue, type RebuildResult } from "./rebuild-catalogue.ts";
import { newRebuiltCatalogue, type RebuiltDestination } from "./rebuilt-catalogue.ts";
import { openKeys, type OpenedKeys, type RecoveryKeys } from "./recovery-keys.ts";
import { restorePastDamage } from "./restore-past-damage.ts";
import type { RestoreFigures } from "./restore-tally.ts";
import { catalogueExists, publishDatabase, removeDatabase } from "./work-database.ts";

export interface RecoverOptions {
  /** A destination's folder, or a source of another kind: see `backendSource`. */
  readonly source: string | RecoverySource;
  /** The tree is restored below it; undefined: only the catalogue is brought back. */
  readonly destination: string | undefined;
  /** Undefined for an archive that is not encrypted. */
  readonly keys: RecoveryKeys | undefined;
  /** Where the catalogue is written; default: `NAME.archive` beside `destination`, or here. */
  readonly catalogue?: string;
  /** Rebuild the catalogue from the packs even if a copy of it is there. */
  readonly rebuild?: boolean;
  /** How a rebuilt catalogue names the place where the packs are; default: `local` for a folder. */
  readonly as?: RebuiltDestination;
  /** Default: keep. */
  readonly onExisting?: OnExisting;
  readonly progress?: ProgressSink;
  readonly signal?: AbortSignal;
  /** Is told of every file of which bytes are lost. */
  readonly onDamagedFile?: (file: DamagedFile) => void;
}

export interface RecoverResult extends RestoreFigures {
  /** Where the catalogue came from. */
  readonly from: "copy" | "packs";
  /** Absolute. */
  readonly cataloguePath: string;
  readonly archiveId: string;
  /** The newest run, as of which the tree was restored; 0 where there was none. */
  readonly run: number;
}

/**
 * Brings an archive back from one of its destinations alone: the catalogue, from its newest readable
 * copy or else from the packs' manifests, and the tree as of the last run, past damage
 * (docs/formats/recovery.md). The destination is only read. Restoring again goes on where it was cut.
 * @throws {E_NOT_FOUND} if there is neither a pack nor a catalogue
 * @throws {E_EXISTS} if there is a file where the catalogue was to be written; nothing was done
 * @throws {E_WRONG_KEY | E_NO_SPACE | E_CANCELLED …}
 */
export async function recoverArchive(options: RecoverOptions): Promise<RecoverResult> {
  const source = typeof options.source === "string" ? folderSource(options.source) : options.source;
  const keys = await openKeys(source, options.keys);
  if (options.catalogue !== undefined && existsSync(options.catalogue)) {
    throw catalogueExists(resolve(options.catalogue));
  }
  const beside = resolve(options.catalogue ?? options.destination ?? "recovered", "..");
  const temporary = resolve(beside, `.coldstow-${randomUUID()}.partial`);
  try {
    makeFolder(beside);
    const brought = await bringCatalogue(source, keys, options, temporary);
    const cataloguePath = publish(temporary, beside, brought, options);
    const { from, archiveId, run } = brought;
    const figures = await restore(cataloguePath, brought, keys, options);
    return { ...figures, from, archiveId, run, cataloguePath };
  } finally {
    removeDatabase(temporary);
  }
}

interface Brought {
  readonly from: "copy" | "packs";
  readonly archiveId: string;
  readonly name: string;
  readonly run: number;
  readonly objects: ReadonlyMap<string, PackObject>;
  readonly rebuilt: RebuildResult | undefined;
}

async function bringCatalogue(
  source: RecoverySource,
  keys: OpenedKeys,
  options: RecoverOptions,
  path: string,
): Promise<Brought> {
  const { signal } = options;
  const progress = options.progress ?? silent;
  const { identities } = keys;
  const copy =
    options.rebuild === true
      ? undefined
      : await takeNewestCatalogue(source, { identities, path, progress, signal });
  const list = await listPacks(source, {
    identities,
    signal,
    areKeysProven: copy !== undefined,
    onUnreadable: ({ key: name }, error) => {
      const message = error instanceof Error ? error.message : String(error);
      progress({ type: "item", outcome: "damaged", name, message });
    },
  });
  if (copy !== undefined) return fromCopy(path, list, { identities, progress, signal });
  if (list.packs.length === 0) throw nothingThere(source);
  tellGaps(list, progress);
  const made = await newRebuiltCatalogue(path, source, { list, keys, as: options.as, progress });
  try {
    const { archiveId, packs } = list;
    const { destination, catalogue, name } = made;
    const work = { archiveId, packs, identities, destination, progress, signal };
    const rebuilt = await rebuildCatalogue(catalogue, work);
    const run = await catalogue.newestRun();
    return { from: "packs", archiveId, name, run, objects: rebuilt.objects, rebuilt };
  } finally {
    await made.catalogue.close();
  }
}

interface CopyWork {
  readonly identities: readonly string[];
  readonly progress: ProgressSink;
  readonly signal: AbortSignal | undefined;
}

/** A run that was cut may have left packs that are newer than the copy: they are read into it. */
async function fromCopy(path: string, list: PackList, work: CopyWork): Promise<Brought> {
  const objects = new Map(list.packs.map(({ pack }) => [pack.key, pack]));
  const catalogue = await Catalogue.open(openNodeDriver(path));
  try {
    const archiveId = (await catalogue.meta("archive_id")) ?? "";
    const name = (await catalogue.meta("name")) ?? "recovered";
    const newest = await catalogue.newestRun();
    const packs = list.packs.filter(({ run }) => run > newest);
    const here = (await catalogue.destinations()).find(({ state }) => state === "active");
    const rebuilt =
      packs.length === 0 || here === undefined
        ? undefined
        : await rebuildCatalogue(catalogue, { ...work, archiveId, packs, destination: here.id });
    return { from: "copy", archiveId, name, run: await catalogue.newestRun(), objects, rebuilt };
  } finally {
    await catalogue.close();
  }
}

function publish(
  temporary: string,
  beside: string,
  { name }: Brought,
  options: RecoverOptions,
): string {
  const fileName = `${name.replace(/[/\0]/gu, "_").slice(0, 100)}.archive`;
  const path = resolve(options.catalogue ?? resolve(beside, fileName));
  publishDatabase(temporary, path);
  return path;
}

async function restore(
  cataloguePath: string,
  { from, objects, rebuilt, run }: Brought,
  { identities }: OpenedKeys,
  options: RecoverOptions,
): Promise<RestoreFigures> {
  const packsDamaged = rebuilt?.packsDamaged ?? 0;
  const nothing = { restored: 0, unchanged: 0, damaged: 0, missing: 0, skipped: 0, failed: 0 };
  if (options.destination === undefined || run === 0) {
    return { ...nothing, packsDamaged, packsMissing: 0 };
  }
  const catalogue = await Catalogue.open(openNodeDriver(cataloguePath));
  try {
    const tree = await SafeTree.at(resolve(options.destination), options.onExisting ?? "keep");
    const figures = await restorePastDamage(catalogue, tree, {
      run,
      identities,
      objects,
      gaps: rebuilt?.gaps ?? new Map(),
      isDamageTold: from === "packs",
      ...(options.progress && { progress: options.progress }),
      ...(options.onDamagedFile && { onDamagedFile: options.onDamagedFile }),
      signal: options.signal,
    });
    return { ...figures, packsDamaged: figures.packsDamaged + packsDamaged };
  } finally {
    await catalogue.close();
  }
}

function tellGaps(list: PackList, progress: ProgressSink): void {
  for (const { run, number } of missingNumbers(list.packs)) {
    progress({
      type: "warning",
      message: `Run ${run} has no pack ${number}. If there was one, what lay only in it is lost, and its names are not known.`,
    });
  }
}

function nothingThere(source: RecoverySource): ColdstowError {
  return new ColdstowError(
    "E_NOT_FOUND",
    `There is neither a pack nor a copy of a catalogue in ${source.title}. Nothing was written.`,
    { subject: source.title, hint: "Name the folder that README-RECOVERY.txt lies in." },
  );
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw fromSystemError(error, "Making the folder of the catalogue", path);
  }
}
