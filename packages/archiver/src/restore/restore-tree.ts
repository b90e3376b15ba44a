import { mkdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { NeededPack } from "@coldstow/catalogue";
import { displayPath, errnoOf } from "@coldstow/contracts";
import type { Archive } from "../archive/archive.ts";
import { Spool } from "../run/spool.ts";
import type { NameOutcome } from "./restore-job.ts";
import { JobNotes } from "../thaw/job-notes.ts";
import { ThawJob } from "../thaw/thaw-job.ts";
import { KeptFiles } from "./kept-files.ts";
import { RestoreFrozen } from "./restore-frozen.ts";
import type { RestoreOptions, RestoreResult, ThawWaiting } from "./restore-options.ts";
import { lockWork } from "../thaw/lock-work.ts";
import { rows } from "../archive/rows.ts";
import { type PackToRead, RestorePacks } from "./restore-packs.ts";
import type { RestoreParts } from "./restore-parts.ts";
import { SafeTree } from "./safe-tree.ts";
import { selectionFor } from "./selection-for.ts";
import { TreeFrame } from "./tree-frame.ts";

const tellEveryMs = 200;

/**
 * Restores a tree, or a part of it, as it was after a run. Every file is checked against its SHA-256
 * before it gets its name; one that is damaged in one copy is taken from another. Nothing is written
 * outside of the destination. Restoring again goes on where a restore was cut.
 * Packs that are frozen, and of which no other copy is in reach, are asked for; unless `thaw.wait` is
 * set it ends when all that is ready was restored, and the result says when to come back.
 * O(selected); memory holds the names of the packs in work.
 * @throws {E_NOT_FOUND} if a path was not there in that run
 * @throws {E_BUDGET} if thawing would cost more than may be spent; nothing was asked for
 * @throws {E_LOCKED} if another process restores frozen packs into the same folder
 * @throws {E_WRONG_KEY | E_NO_SPACE | E_CANCELLED …}
 */
export async function restoreTree(
  archive: Archive,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const root = resolve(options.destination);
  const notes = new JobNotes(archive.path, options.openNotes ?? (async () => archive.catalogue));
  const lock = isCold(archive) ? lockFolder(root) : undefined;
  try {
    const thaw = await ThawJob.open({
      archive,
      notes,
      request: { destination: root, select: options.select, run: options.run },
      choices: options.thaw ?? {},
      progress: options.progress,
      signal: options.signal,
    });
    return await restoreSelection(archive, options, root, thaw);
  } finally {
    if (options.openNotes !== undefined) await notes.close();
    lock?.release();
  }
}

async function restoreSelection(
  archive: Archive,
  options: RestoreOptions,
  root: string,
  thaw: ThawJob | undefined,
): Promise<RestoreResult> {
  const run = thaw?.run ?? options.run;
  const selection = await selectionFor(archive.catalogue, options.select, run);
  const spool = new Spool(`${root}.coldstow`);
  try {
    const totals = await selection.totals();
    options.progress({
      type: "stage",
      stage: "restore",
      totalBytes: totals.neededBytes,
      totalItems: totals.files + totals.symlinks,
    });
    const tally = new Tally(options);
    const tree = await SafeTree.at(root, options.onExisting ?? "keep");
    const fresh = await isEmpty(root);
    const archiveId = (await archive.catalogue.meta("archive_id")) ?? "";
    const kept = (): KeptFiles | undefined =>
      thaw?.id === undefined ? undefined : new KeptFiles(`${archiveId}:${thaw.id}`);
    return await restore(
      { archive, options, selection, spool, tree, fresh, thaw, kept, tell: tally.tell },
      tally,
      run ?? (await archive.catalogue.newestRun()),
    );
  } finally {
    await spool.clear();
    await selection.close();
  }
}

async function restore(parts: RestoreParts, tally: Tally, run: number): Promise<RestoreResult> {
  const { signal } = parts.options;
  const frame = new TreeFrame(parts);
  const packs = new RestorePacks(parts);
  const advance = (): void => tally.advance(packs.progress());
  const onAbort = (): void => packs.cancel();
  const ticker = setInterval(advance, tellEveryMs);
  signal?.addEventListener("abort", onAbort);
  try {
    parts.tree.makeDirectory("");
    await frame.makeDirectories();
    const waiting = await readPacks(parts, packs, run);
    await frame.makeEmptyFiles();
    await frame.tellMissing();
    await frame.makeSymlinks();
    await frame.stampDirectories();
    return { ...tally.result(packs.progress()), ...(waiting && { waiting }) };
  } finally {
    clearInterval(ticker);
    advance();
    signal?.removeEventListener("abort", onAbort);
    await packs.close();
  }
}

async function readPacks(
  parts: RestoreParts,
  packs: RestorePacks,
  run: number,
): Promise<ThawWaiting | undefined> {
  if (parts.thaw !== undefined) return new RestoreFrozen(parts, packs, parts.thaw).run(run);
  await packs.run(allNeeded(parts));
  return undefined;
}

async function* allNeeded({
  selection,
}: RestoreParts): AsyncGenerator<PackToRead, void, undefined> {
  const pages = rows<NeededPack, number>((after) => selection.neededPacks(after));
  for await (const { id } of pages) yield { pack: id };
}

function isCold({ destinations }: Archive): boolean {
  return destinations.some(({ backend }) => backend.cold !== undefined);
}

/** Two processes must not ask for the same packs, nor clear each other's spool. */
function lockFolder(root: string): { release(): void } {
  mkdirSync(dirname(root), { recursive: true });
  return lockWork(`${root}.coldstow`, `Another process is restoring into ${root}.`);
}

type PackProgress = ReturnType<RestorePacks["progress"]>;

/** Counts outcomes, and reports those that are not as they should be. */
class Tally {
  readonly #progress: RestoreOptions["progress"];
  #toldBytes = -1;
  #toldItems = -1;
  readonly #told = { restored: 0, unchanged: 0, skipped: 0, failed: 0 };

  constructor(options: RestoreOptions) {
    this.#progress = options.progress;
  }

  tell = ({ code, message, outcome, path }: NameOutcome): void => {
    if (outcome === "restored" || outcome === "unchanged") {
      this.#told[outcome] += 1;
      return;
    }
    this.#told[outcome === "skipped" ? "skipped" : "failed"] += 1;
    this.#progress({
      type: "item",
      outcome,
      name: displayPath(path),
      ...(code && { code }),
      ...(message !== undefined && { message }),
    });
  };

  result({ bytes, restored }: PackProgress): RestoreResult {
    return { ...this.#told, restored: this.#told.restored + restored, bytes };
  }

  advance(packs: PackProgress): void {
    const { bytes, restored, unchanged, skipped, failed } = this.result(packs);
    // Threads count while a pack is read; what is told at its end includes the rest.
    const doneItems = Math.max(packs.files, restored + unchanged + skipped + failed);
    // While packs thaw nothing moves for hours.
    if (bytes === this.#toldBytes && doneItems === this.#toldItems) return;
    this.#toldBytes = bytes;
    this.#toldItems = doneItems;
    this.#progress({ type: "advance", stage: "restore", doneBytes: bytes, doneItems });
  }
}

async function isEmpty(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return true;
    throw error;
  }
}
