import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type {
  CatalogueEntry,
  DirectoryCursor,
  Page,
  PackWork,
  SelectedDirectory,
  Selection,
  WorkCursor,
} from "@coldstow/catalogue";
import { ColdstowError, displayPath, errnoOf, isColdstowError } from "@coldstow/contracts";
import type { Archive, OpenDestination, WorkOptions } from "../archive/archive.ts";
import { Spool } from "../run/spool.ts";
import { fetchPack } from "./fetch-pack.ts";
import { namesOf } from "./names-of.ts";
import { attempt, isRestored, namesThere, placeNames } from "./place-names.ts";
import type { NameOutcome, RestorePiece, RestoreReply } from "./restore-job.ts";
import { RestorePool } from "./restore-pool.ts";
import { SafeTree, type OnExisting } from "./safe-tree.ts";
import { selectionFor } from "./selection-for.ts";
import { SlicedFiles } from "./sliced-files.ts";

export interface RestoreOptions extends WorkOptions {
  /** Where the tree's relative paths are put; made if it is not there. */
  readonly destination: string;
  /** Identities that open the packs (`AGE-SECRET-KEY-1…`); none for an archive that is not encrypted. */
  readonly identities: readonly string[];
  /** As of which run; default: the newest. */
  readonly run?: number;
  /** Paths or patterns; everything if absent. */
  readonly select?: readonly string[];
  readonly onExisting?: OnExisting;
}

export interface RestoreResult {
  readonly restored: number;
  /** There already, with the same size and time. */
  readonly unchanged: number;
  /** Something else is in their place, and it was kept. */
  readonly skipped: number;
  /** Damaged or missing in every copy, or impossible to write here. */
  readonly failed: number;
  readonly bytes: number;
}

const maxWorkers = 8;
const tellEveryMs = 200;

/**
 * Restores a tree, or a part of it, as it was after a run. Every file is checked against its SHA-256
 * before it gets its name; one that is damaged in one copy is taken from another. Nothing is written
 * outside of the destination. Restoring again goes on where a restore was cut.
 * O(selected); memory holds the names of the packs in work.
 * @throws {E_NOT_FOUND} if a path was not there in that run
 * @throws {E_WRONG_KEY | E_NO_SPACE | E_CANCELLED …}
 */
export async function restoreTree(
  archive: Archive,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const { progress } = options;
  const root = resolve(options.destination);
  const selection = await selectionFor(archive.catalogue, options.select, options.run);
  const spool = new Spool(`${root}.coldstow`);
  const totals = await selection.totals();
  progress({
    type: "stage",
    stage: "restore",
    totalBytes: totals.neededBytes,
    totalItems: totals.files + totals.symlinks,
  });
  const work = new RestoreRun(archive, options, {
    selection,
    spool,
    tree: await SafeTree.at(root, options.onExisting ?? "keep"),
    fresh: await isEmpty(root),
  });
  try {
    return await work.run();
  } finally {
    await spool.clear();
    await selection.close();
  }
}

interface RestoreParts {
  readonly selection: Selection;
  readonly spool: Spool;
  readonly tree: SafeTree;
  readonly fresh: boolean;
}

class RestoreRun {
  readonly #archive: Archive;
  readonly #options: RestoreOptions;
  readonly #parts: RestoreParts;
  readonly #pool: RestorePool;
  readonly #sliced: SlicedFiles;
  readonly #workers: number;
  readonly #result = { restored: 0, unchanged: 0, skipped: 0, failed: 0 };

  constructor(archive: Archive, options: RestoreOptions, parts: RestoreParts) {
    this.#archive = archive;
    this.#options = options;
    this.#parts = parts;
    this.#workers = options.jobs ?? Math.min(maxWorkers, availableParallelism());
    this.#sliced = new SlicedFiles(parts.tree, parts.selection);
    this.#pool = new RestorePool(this.#workers, {
      root: parts.tree.root,
      onExisting: options.onExisting ?? "keep",
      identities: options.identities,
    });
  }

  async run(): Promise<RestoreResult> {
    const ticker = setInterval(() => this.#advance(), tellEveryMs);
    const onAbort = (): void => this.#pool.cancel();
    this.#options.signal?.addEventListener("abort", onAbort);
    try {
      this.#parts.tree.makeDirectory("");
      await this.#makeDirectories();
      await this.#readPacks();
      await this.#makeEmptyFiles();
      await this.#tellMissing();
      await this.#makeSymlinks();
      await this.#stampDirectories();
      return { ...this.#result, bytes: this.#pool.progress().bytes };
    } finally {
      clearInterval(ticker);
      this.#advance();
      this.#options.signal?.removeEventListener("abort", onAbort);
      this.#sliced.abandon();
      await this.#pool.close();
    }
  }

  #advance(): void {
    const { bytes, files } = this.#pool.progress();
    const { restored, unchanged, skipped, failed } = this.#result;
    // Workers count while a pack is read; what is told at its end includes the rest.
    const doneItems = Math.max(files, restored + unchanged + skipped + failed);
    this.#options.progress({ type: "advance", stage: "restore", doneBytes: bytes, doneItems });
  }

  #tell = (outcome: NameOutcome): void => {
    if (outcome.outcome === "restored" || outcome.outcome === "unchanged") {
      this.#result[outcome.outcome] += 1;
      return;
    }
    this.#result[outcome.outcome === "skipped" ? "skipped" : "failed"] += 1;
    this.#options.progress({
      type: "item",
      outcome: outcome.outcome,
      name: displayPath(outcome.path),
      ...(outcome.code && { code: outcome.code }),
      ...(outcome.message !== undefined && { message: outcome.message }),
    });
  };

  async #readPacks(): Promise<void> {
    const running = new Set<Promise<void>>();
    let failure: unknown;
    for (let after: number | undefined; ;) {
      const page = await this.#parts.selection.neededPacks(after === undefined ? {} : { after });
      for (const pack of page.rows) {
        while (running.size > this.#workers) await Promise.race(running);
        if (failure !== undefined || this.#options.signal?.aborted === true) break;
        const job = this.#readPack(pack.id)
          .catch((error: unknown) => {
            failure ??= error;
            this.#pool.cancel();
          })
          .finally(() => running.delete(job));
        running.add(job);
      }
      if (page.next === undefined) break;
      after = page.next;
    }
    await Promise.all(running);
    if (failure !== undefined) throw failure;
    if (this.#options.signal?.aborted === true) {
      throw new ColdstowError("E_CANCELLED", "Interrupted. What was restored so far is whole.", {
        hint: "Run the same command again: it goes on where it stopped.",
      });
    }
  }

  /** Reads what is wanted of a pack, from another copy where one is damaged. */
  async #readPack(packId: number): Promise<void> {
    const bad = new Set<OpenDestination>();
    let failed: RestoreReply["failed"];
    let wanted = await this.#wantedOf(packId);
    while (wanted.length > 0) {
      const pieces = await this.#piecesOf(wanted);
      if (pieces.length === 0) return;
      let fetched: Awaited<ReturnType<typeof fetchPack>>;
      try {
        fetched = await fetchPack(this.#archive, this.#parts.spool, packId, bad);
      } catch (error) {
        // With the wrong identity no copy can be read: that is told once, not for every file.
        if (failed?.code === "E_WRONG_KEY") throw new ColdstowError(failed.code, failed.message);
        await this.#giveUp(wanted, error);
        return;
      }
      const reply = await this.#pool.run({
        pack: fetched.file,
        pieces: pieces.map(({ piece }) => piece),
      });
      await fetched.release();
      this.#result.restored += reply.restored;
      const again = new Set<PackWork>();
      for (const index of reply.failed?.pieces ?? []) {
        const one = pieces[index];
        if (one !== undefined) again.add(one.work);
      }
      for (const outcome of reply.outcomes) this.#tell(outcome);
      for (const { work, piece } of pieces) {
        if (again.has(work) || piece.to.type !== "slice") continue;
        await this.#sliced.sliceDone(work, true, this.#tell);
      }
      failed = reply.failed;
      if (reply.failed !== undefined) {
        bad.add(fetched.from);
        this.#options.progress({
          type: "warning",
          code: reply.failed.code,
          message: `${fetched.from.title}: ${reply.failed.message} Trying another copy.`,
        });
      }
      wanted = [...again];
    }
  }

  async #wantedOf(packId: number): Promise<PackWork[]> {
    const wanted: PackWork[] = [];
    const pages = rows<PackWork, WorkCursor>((after) =>
      this.#parts.selection.packWork({ pack: packId, ...after }),
    );
    for await (const work of pages) wanted.push(work);
    return wanted;
  }

  async #piecesOf(
    wanted: readonly PackWork[],
  ): Promise<{ readonly work: PackWork; readonly piece: RestorePiece }[]> {
    const pieces: { work: PackWork; piece: RestorePiece }[] = [];
    for (const work of wanted) {
      const { sha256, sizeBytes, startByte } = work.piece;
      const isWhole = startByte === 0 && sizeBytes === work.sizeBytes;
      const to: RestorePiece["to"] | undefined = isWhole
        ? await this.#namesToWrite(work)
        : await this.#sliced.target(work, this.#tell);
      if (to === undefined || sha256 === null) continue;
      const { offset, storedBytes, sparse } = work;
      pieces.push({ work, piece: { offset, storedBytes, sparse, sizeBytes, sha256, to } });
    }
    return pieces;
  }

  /** Undefined where all names are there already, so that their pack need not be fetched for them. */
  async #namesToWrite(work: PackWork): Promise<RestorePiece["to"] | undefined> {
    const { fresh, selection, tree } = this.#parts;
    const names = await namesOf(selection, work.content);
    if (fresh || !names.every((name) => isRestored(tree, name, work.sizeBytes))) {
      return { type: "names", names };
    }
    for (const { path } of names) this.#tell({ path, outcome: "unchanged" });
    return undefined;
  }

  async #giveUp(wanted: readonly PackWork[], error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const code = isColdstowError(error) ? error.code : "E_IO";
    const isDamage = ["E_FIXITY", "E_MISSING", "E_FORMAT"].includes(code);
    const outcome = isDamage ? "damaged" : "failed";
    for (const work of wanted) {
      if (work.piece.sizeBytes !== work.sizeBytes) {
        await this.#sliced.sliceDone(work, false, this.#tell);
        continue;
      }
      for (const { path } of await namesOf(this.#parts.selection, work.content)) {
        this.#tell({ path, outcome, code, message });
      }
    }
  }

  /** A content of no bytes lies in no pack. */
  async #makeEmptyFiles(): Promise<void> {
    const { selection, tree } = this.#parts;
    const row = this.#archive.catalogue.driver
      .prepare("SELECT id FROM content WHERE size = 0")
      .get();
    if (row === undefined) return;
    const { outcomes, missing: names } = namesThere(
      tree,
      await namesOf(selection, Number(row["id"])),
      0,
    );
    for (const one of outcomes) this.#tell(one);
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const first = name;
      const outcome = attempt(first, () => {
        tree.placeFile(tree.beginFree(first.path), first);
        return "restored";
      });
      this.#tell(outcome);
      if (outcome.outcome !== "restored") continue;
      for (const one of placeNames(tree, first, names, 0)) this.#tell(one);
      return;
    }
  }

  async #tellMissing(): Promise<void> {
    for await (const entry of rows<CatalogueEntry, number>((after) =>
      this.#parts.selection.missing(after),
    )) {
      const message = "No stored pack holds its bytes.";
      this.#tell({ path: entry.path, outcome: "failed", code: "E_MISSING", message });
    }
  }

  async #makeDirectories(): Promise<void> {
    const { fresh, tree } = this.#parts;
    if (!fresh) tree.dropLeftovers("");
    for await (const entry of rows<SelectedDirectory, DirectoryCursor>((after) =>
      this.#parts.selection.directories(after),
    )) {
      const outcome = attempt(entry, () => {
        tree.makeDirectory(entry.path);
        if (!fresh) tree.dropLeftovers(entry.path);
        return "restored";
      });
      if (outcome.outcome !== "restored") this.#tell(outcome);
    }
  }

  async #makeSymlinks(): Promise<void> {
    const groups = new Map<string, string>();
    for await (const entry of rows<CatalogueEntry, number>((after) =>
      this.#parts.selection.symlinks(after),
    )) {
      const { linkGroup, mtimeNs, path, target } = entry;
      const linked = linkGroup === null ? undefined : groups.get(linkGroup);
      const outcome = attempt(entry, () => {
        if (this.#parts.tree.hasSymlink(path, target ?? "")) return "unchanged";
        if (linked === undefined) this.#parts.tree.symlink(path, target ?? "", mtimeNs);
        else this.#parts.tree.hardLink(path, linked);
        return "restored";
      });
      this.#tell(outcome);
      const isThere = outcome.outcome === "restored" || outcome.outcome === "unchanged";
      if (linkGroup !== null && isThere) groups.set(linkGroup, path);
    }
  }

  async #stampDirectories(): Promise<void> {
    const deepest = rows<SelectedDirectory, DirectoryCursor>((after) =>
      this.#parts.selection.directories({ ...after, deepestFirst: true }),
    );
    for await (const entry of deepest) {
      if (entry.implied || !entry.asked) continue;
      const outcome = attempt(entry, () => {
        this.#parts.tree.stampDirectory(entry.path, entry);
        return "restored";
      });
      // What is no directory here was told when it could not be made.
      if (outcome.outcome === "failed") this.#tell(outcome);
    }
  }
}

async function* rows<T, C>(
  page: (options: { readonly after?: C }) => Promise<Page<T, C>>,
): AsyncIterable<T> {
  for (let options: { readonly after?: C } = {}; ;) {
    const { rows: found, next } = await page(options);
    yield* found;
    if (next === undefined) return;
    options = { after: next };
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
