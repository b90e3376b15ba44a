import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { RunJournal } from "@coldstow/catalogue/journal";
import { isColdstowError } from "@coldstow/contracts";
import type { Archive, WorkOptions } from "../archive/archive.ts";
import { nowNs } from "../archive/clock.ts";
import { requireOneDirectory } from "../archive/read-ini.ts";
import { PackPool } from "../pack/pack-pool.ts";
import type { ScanRules } from "../scan/scan-rules.ts";
import { sendCatalogue } from "./catalogue-copies.ts";
import { CatchUp } from "./catch-up.ts";
import { cleanUp } from "./clean-up.ts";
import { closingPhase, earlyPhase } from "./closing-phase.ts";
import { packPhase } from "./pack-phase.ts";
import type { RunContext } from "./run-context.ts";
import { RunReport, type RunFigures } from "./run-report.ts";
import { scanRules } from "./scan-rules-of.ts";
import { scanPhase } from "./scan-phase.ts";
import { sendKeys } from "./send-keys.ts";
import { Spool } from "./spool.ts";
import { Uploads } from "./uploads.ts";

export interface BackUpOptions extends WorkOptions {
  readonly kind: "start" | "resume";
  /** Believe an empty tree, although the archive knows files; else it is taken for a disk not mounted. */
  readonly allowEmpty?: boolean;
  /** Where a copy is missing, read another one also where that costs money; else it is told. */
  readonly paidReads?: boolean;
}

export interface BackUpResult extends RunFigures {
  /** False where nothing was new, changed, gone or in need of repair: no run was recorded. */
  readonly changed: boolean;
  /** Packs that were copied to a destination which lacked them. */
  readonly healedPacks: number;
}

/** Memory grows with each worker, and four keep the disk of most machines busy. */
const maxWorkers = 4;

/**
 * One run: finishes what was cut, scans the tree, stores what is new or changed at every destination,
 * and sends the catalogue there. What is packed counts once one destination has it; the run ends when all
 * the others have it too, or were given up. What cannot be read is reported and tried again by the next run.
 * The archive must be locked by the caller.
 * @throws {E_NOT_FOUND} if the tree is not there, or is empty although the archive knows files
 * @throws {E_NO_SPACE | E_READ_ONLY | E_CANCELLED …} when the run ends early; all that was committed stays
 */
export async function backUp(archive: Archive, options: BackUpOptions): Promise<BackUpResult> {
  const { progress, signal } = options;
  const report = new RunReport(progress);
  const journal = await RunJournal.begin(archive.catalogue.driver, options.kind, nowNs());
  report.figures.run = journal.run;
  const uploads = new Uploads(archive, { tell: (...what) => report.warning(...what), signal });
  const spool = Spool.of(archive.path, archive.settings);
  const { catalogue } = archive;
  const paidReads = options.paidReads === true;
  const recipients = (await archive.catalogue.meta("recipients"))?.split("\n") ?? [];
  const context: RunContext = {
    archive,
    archiveId: (await archive.catalogue.meta("archive_id")) ?? "",
    recipients: recipients.filter((recipient) => recipient !== ""),
    root: resolve(requireOneDirectory(archive.settings)),
    journal,
    report,
    spool,
    uploads,
    catchUp: new CatchUp({ catalogue, journal, uploads, spool, report, progress, paidReads }),
    progress,
    workers: options.jobs ?? Math.min(maxWorkers, availableParallelism()),
    allowEmpty: options.allowEmpty === true,
    signal,
  };
  try {
    const { stored, healedPacks } = await work(context);
    // A first run counts even if the tree is empty: there is a state to come back to.
    const changed = stored || healedPacks > 0 || options.kind === "start";
    if (changed) {
      const state = report.figures.problems > 0 ? "partial" : "done";
      await journal.end(state, { ...report.figures, healedPacks }, nowNs());
    } else {
      await journal.forget();
    }
    await sendCatalogue(context);
    return { ...report.figures, changed, healedPacks };
  } catch (error) {
    const state = isColdstowError(error) && error.code === "E_CANCELLED" ? "interrupted" : "failed";
    await journal.end(state, { ...report.figures }, nowNs()).catch(() => undefined);
    throw error;
  } finally {
    await uploads.stop();
    await spool.clear();
  }
}

async function work(context: RunContext): Promise<{ stored: boolean; healedPacks: number }> {
  const { archive, catchUp, journal, progress } = context;
  await cleanUp(context);
  const rules: ScanRules = await scanRules(archive);
  const totals = await scanPhase(context, rules);
  await sendKeys(context);
  catchUp.start();
  if (totals.files + totals.others + totals.vanished === 0 && !journal.owesNames()) {
    return { stored: false, healedPacks: await catchUp.finish() };
  }
  progress({
    type: "stage",
    stage: "pack",
    totalBytes: totals.bytes,
    totalItems: totals.files,
  });
  await earlyPhase(context);
  await packFiles(context, totals.files);
  await closingPhase(context);
  const healedPacks = await catchUp.finish();
  // Files that cannot be read again and again make no run of their own.
  return { stored: context.report.figures.packs > 0, healedPacks };
}

async function packFiles(context: RunContext, files: number): Promise<void> {
  const { journal, workers } = context;
  let known = 0;
  for (const _ of journal.digestsOfPendingSizes()) known += 1;
  const pool = new PackPool(Math.max(1, Math.min(workers, files)), files + known);
  try {
    for (const sha256 of journal.digestsOfPendingSizes()) pool.claims.claim(sha256);
    do await packPhase(context, pool);
    while ((await journal.resolveLinks()) > 0);
  } finally {
    await pool.close();
  }
}
