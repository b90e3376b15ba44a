import { join } from "node:path";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { RunJournal } from "@coldstow/catalogue/journal";
import { throwIfCancelled } from "@coldstow/contracts";
import { worthCompressing } from "../plan/sample-compression.ts";
import { Planner, type PlannedWork } from "../plan/planner.ts";
import type { RunContext } from "../run/run-context.ts";
import { RunReport } from "../run/run-report.ts";
import { scanPhase } from "../run/scan-phase.ts";
import { scanRules } from "../run/scan-rules-of.ts";
import type { ArchiveSettings } from "../settings/archive-settings.ts";
import type { OpenDestination, WorkOptions } from "./archive.ts";
import type { BackendAccess } from "./backend-access.ts";
import { withCatalogueCopy, withTemporaryFolder } from "./catalogue-copy.ts";
import { nowNs } from "./clock.ts";
import { keptSettings } from "./open-archive.ts";
import { type ReadIni, requireOneDirectory } from "./read-ini.ts";
import { checkStart, requireSource } from "./start-archive.ts";
import { withinTree } from "./within-tree.ts";

/** Packs of one kind that a run would write. */
export interface PlannedPacks {
  /** `parts`: of files too large for one pack. */
  readonly kind: "plain" | "zstd" | "parts";
  readonly packs: number;
  readonly files: number;
  /** Of the files, before packing. */
  readonly bytes: number;
}

/** What a run would do at most: files whose content turns out to be known are not stored again. */
export interface BackUpPlan {
  /** New and changed files. */
  readonly files: number;
  readonly bytes: number;
  /** Directories, symbolic links and further names of files. */
  readonly others: number;
  /** Names that are no longer there. */
  readonly gone: number;
  readonly filesUnchanged: number;
  readonly bytesUnchanged: number;
  /** What could not be looked at. */
  readonly problems: number;
  /** Sockets, pipes, devices. */
  readonly leftOut: number;
  /** Without the closing pack, which holds names only. */
  readonly packs: readonly PlannedPacks[];
}

export interface PlanOptions extends WorkOptions {
  readonly path: string;
  readonly backends: BackendAccess;
}

export interface PlanStartOptions extends PlanOptions {
  readonly ini: ReadIni;
  /** Plans also where an archive of that name is there already. */
  readonly beside?: boolean;
}

/**
 * What `startArchive` would do. The tree is scanned; nothing is made but a temporary folder.
 * @throws {E_EXISTS | E_NOT_FOUND} as `startArchive` does
 */
export async function planStart(options: PlanStartOptions): Promise<BackUpPlan> {
  if (options.beside === true) requireSource(options.ini.settings);
  else checkStart(options);
  return withTemporaryFolder(async (folder) => {
    const driver = openNodeDriver(join(folder, "plan.archive"), { create: true });
    const facts = { archiveId: "plan", name: options.ini.settings.name, createdNs: nowNs() };
    const catalogue = await Catalogue.create(driver, facts);
    try {
      return await planRun(catalogue, options.ini.settings, options);
    } finally {
      await catalogue.close();
    }
  });
}

/**
 * What `resumeArchive` would do. The tree is scanned against a copy of the catalogue; no destination
 * is asked.
 * @throws {E_NOT_FOUND | E_LOCKED | E_FORMAT | E_NEWER_FORMAT | E_CORRUPT}
 */
export async function planResume(options: PlanOptions): Promise<BackUpPlan> {
  return withCatalogueCopy(options.path, async (catalogue) => {
    const { settings } = await keptSettings(options.path, catalogue, options.backends);
    return planRun(catalogue, settings, options);
  });
}

async function planRun(
  catalogue: Catalogue,
  settings: ArchiveSettings,
  options: PlanOptions,
): Promise<BackUpPlan> {
  const { progress, signal } = options;
  const root = requireOneDirectory(settings);
  const path = withinTree(root, options.path);
  const rules = await scanRules({ path, settings, destinations: localFolders(settings, root) });
  const report = new RunReport(progress);
  const context = {
    archive: { path, catalogue, settings, destinations: [] },
    root,
    journal: await RunJournal.begin(catalogue.driver, "plan", nowNs()),
    report,
    progress,
    allowEmpty: false,
    signal,
  };
  const totals = await scanPhase(context, rules);
  progress({ type: "stage", stage: "plan" });
  const { filesUnchanged, bytesUnchanged, problems, leftOut } = report.figures;
  const { files, bytes, others, vanished } = totals;
  const packs = await plannedPacks(context);
  return {
    files,
    bytes,
    others,
    gone: vanished,
    filesUnchanged,
    bytesUnchanged,
    problems,
    leftOut,
    packs,
  };
}

async function plannedPacks(
  context: Pick<RunContext, "archive" | "journal" | "root" | "signal">,
): Promise<PlannedPacks[]> {
  const { archive, journal, root, signal } = context;
  const { packSizeBytes, compress } = archive.settings;
  const planner = new Planner(packSizeBytes, compress);
  const kinds = { plain: noPacks("plain"), zstd: noPacks("zstd"), parts: noPacks("parts") };
  const count = async (work: PlannedWork): Promise<void> => {
    const files = work.type === "files" ? work.files : [work.file];
    const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const one = kinds[await kindOf(work, root)];
    one.packs += work.type === "files" ? 1 : Math.ceil(bytes / work.sliceBytes);
    one.files += files.length;
    one.bytes += bytes;
  };
  for (let after = 0; ;) {
    throwIfCancelled(signal);
    const page = await journal.pendingFiles(after, 2_000);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.seq;
    for (const file of page) for (const work of planner.add(file)) await count(work);
  }
  for (const work of planner.flush()) await count(work);
  return Object.values(kinds).filter(({ packs }) => packs > 0);
}

async function kindOf(work: PlannedWork, root: string): Promise<PlannedPacks["kind"]> {
  if (work.type === "slices") return "parts";
  if (work.compress !== "sample") return work.compress === "yes" ? "zstd" : "plain";
  const paths = work.files.map(({ path }) => path);
  return (await worthCompressing(root, paths)) ? "zstd" : "plain";
}

function noPacks(kind: PlannedPacks["kind"]): {
  -readonly [K in keyof PlannedPacks]: PlannedPacks[K];
} {
  return { kind, packs: 0, files: 0, bytes: 0 };
}

/** Where destinations are folders, for what a scan leaves out; a plan opens none. */
function localFolders(
  settings: ArchiveSettings,
  root: string,
): Pick<OpenDestination, "localPath">[] {
  return settings.destinations
    .filter(({ scheme }) => scheme === "local")
    .map(({ settings: { dir } }) => dir)
    .filter((dir) => dir !== undefined)
    .map((dir) => ({ localPath: withinTree(root, dir) }));
}
