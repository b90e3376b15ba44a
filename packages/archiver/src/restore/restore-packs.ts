import { availableParallelism } from "node:os";
import type { PackWork, WorkCursor } from "@coldstow/catalogue";
import { ColdstowError, isColdstowError } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { rows } from "../archive/rows.ts";
import { fetchPack } from "./fetch-pack.ts";
import { namesOf } from "./names-of.ts";
import { isRestored } from "./place-names.ts";
import type { RestorePiece, RestoreReply } from "./restore-job.ts";
import type { RestoreParts } from "./restore-parts.ts";
import { RestorePool } from "./restore-pool.ts";
import { SlicedFiles } from "./sliced-files.ts";

const maxWorkers = 8;

/** Reads packs in worker threads and writes the files that lie in them. */
export class RestorePacks {
  readonly #parts: RestoreParts;
  readonly #pool: RestorePool;
  readonly #sliced: SlicedFiles;
  readonly #workers: number;
  #restored = 0;

  constructor(parts: RestoreParts) {
    const { options, selection, tree } = parts;
    this.#parts = parts;
    this.#workers = options.jobs ?? Math.min(maxWorkers, availableParallelism());
    this.#sliced = new SlicedFiles(tree, selection);
    this.#pool = new RestorePool(this.#workers, {
      root: tree.root,
      onExisting: options.onExisting ?? "keep",
      identities: options.identities,
    });
  }

  /** Bytes that were read, files that threads have written, and those that were counted at a pack's end. */
  progress(): { readonly bytes: number; readonly files: number; readonly restored: number } {
    return { ...this.#pool.progress(), restored: this.#restored };
  }

  cancel(): void {
    this.#pool.cancel();
  }

  /** Gives up files that are not whole, and ends the threads. */
  async close(): Promise<void> {
    this.#sliced.abandon();
    await this.#pool.close();
  }

  /** Reads every pack that is needed, as many at once as there are threads, and one more to fetch. */
  async run(): Promise<void> {
    const running = new Set<Promise<void>>();
    let failure: unknown;
    for (let after: number | undefined; ;) {
      const page = await this.#parts.selection.neededPacks(after === undefined ? {} : { after });
      for (const pack of page.rows) {
        while (running.size > this.#workers) await Promise.race(running);
        if (failure !== undefined || this.#parts.options.signal?.aborted === true) break;
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
    if (this.#parts.options.signal?.aborted === true) {
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
        fetched = await fetchPack(this.#parts.archive, this.#parts.spool, packId, bad);
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
      this.#restored += reply.restored;
      const again = new Set<PackWork>();
      for (const index of reply.failed?.pieces ?? []) {
        const one = pieces[index];
        if (one !== undefined) again.add(one.work);
      }
      for (const outcome of reply.outcomes) this.#parts.tell(outcome);
      for (const { work, piece } of pieces) {
        if (again.has(work) || piece.to.type !== "slice") continue;
        await this.#sliced.sliceDone(work, true, this.#parts.tell);
      }
      failed = reply.failed;
      if (reply.failed !== undefined) {
        bad.add(fetched.from);
        this.#parts.options.progress({
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
        : await this.#sliced.target(work, this.#parts.tell);
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
    for (const { path } of names) this.#parts.tell({ path, outcome: "unchanged" });
    return undefined;
  }

  async #giveUp(wanted: readonly PackWork[], error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const code = isColdstowError(error) ? error.code : "E_IO";
    const isDamage = ["E_FIXITY", "E_MISSING", "E_FORMAT"].includes(code);
    const outcome = isDamage ? "damaged" : "failed";
    for (const work of wanted) {
      if (work.piece.sizeBytes !== work.sizeBytes) {
        await this.#sliced.sliceDone(work, false, this.#parts.tell);
        continue;
      }
      for (const { path } of await namesOf(this.#parts.selection, work.content)) {
        this.#parts.tell({ path, outcome, code, message });
      }
    }
  }
}
