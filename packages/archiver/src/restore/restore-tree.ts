import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { displayPath, errnoOf } from "@coldstow/contracts";
import type { Archive } from "../archive/archive.ts";
import { Spool } from "../run/spool.ts";
import type { NameOutcome } from "./restore-job.ts";
import type { RestoreOptions, RestoreResult } from "./restore-options.ts";
import { RestorePacks } from "./restore-packs.ts";
import type { RestoreParts } from "./restore-parts.ts";
import { SafeTree } from "./safe-tree.ts";
import { selectionFor } from "./selection-for.ts";
import { TreeFrame } from "./tree-frame.ts";

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
  try {
    const totals = await selection.totals();
    progress({
      type: "stage",
      stage: "restore",
      totalBytes: totals.neededBytes,
      totalItems: totals.files + totals.symlinks,
    });
    const tally = new Tally(options);
    const tree = await SafeTree.at(root, options.onExisting ?? "keep");
    const fresh = await isEmpty(root);
    return await restore(
      { archive, options, selection, spool, tree, fresh, tell: tally.tell },
      tally,
    );
  } finally {
    await spool.clear();
    await selection.close();
  }
}

async function restore(parts: RestoreParts, tally: Tally): Promise<RestoreResult> {
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
    await packs.run();
    await frame.makeEmptyFiles();
    await frame.tellMissing();
    await frame.makeSymlinks();
    await frame.stampDirectories();
    return tally.result(packs.progress());
  } finally {
    clearInterval(ticker);
    advance();
    signal?.removeEventListener("abort", onAbort);
    await packs.close();
  }
}

type PackProgress = ReturnType<RestorePacks["progress"]>;

/** Counts outcomes, and reports those that are not as they should be. */
class Tally {
  readonly #progress: RestoreOptions["progress"];
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
