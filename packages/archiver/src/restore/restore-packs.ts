import { availableParallelism } from "node:os";
import type { PackWork } from "@coldstow/catalogue";
import { ColdstowError, isColdstowError } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { fetchPack, type FetchedPack, isFrozen } from "./fetch-pack.ts";
import { namesOf } from "./names-of.ts";
import { isWhole, PackPieces, type PieceToRead } from "./pack-pieces.ts";
import type { RestoreReply } from "./restore-job.ts";
import type { RestoreParts } from "./restore-parts.ts";
import { RestorePool } from "./restore-pool.ts";
import { type LostSlice, SlicedFiles, unreadable } from "./sliced-files.ts";

const maxWorkers = 8;

/** A pack to read, and from where if that can be had. */
export interface PackToRead {
  readonly pack: number;
  readonly from?: number | null;
}

/** What became of a pack. */
export type PackOutcome =
  | {
      readonly kind: "read";
      /** It has parts of files that other packs must complete. */
      readonly isPartial: boolean;
      /** Files whose parts from an earlier process were changed, so that all of them are read again. */
      readonly spoiled: readonly number[];
    }
  | { readonly kind: "frozen"; readonly bad: readonly number[] }
  /** No copy of it is good, or (`left`) none can be read now; its files were told. */
  | { readonly kind: "lost" | "left" };

/** Reads packs in worker threads and writes the files that lie in them. */
export class RestorePacks {
  readonly pieces: PackPieces;
  readonly #parts: RestoreParts;
  readonly #pool: RestorePool;
  readonly #sliced: SlicedFiles;
  readonly #workers: number;
  #restored = 0;

  constructor(parts: RestoreParts) {
    const { kept, options, selection, tree } = parts;
    this.#parts = parts;
    this.#workers = options.jobs ?? Math.min(maxWorkers, availableParallelism());
    this.#sliced = new SlicedFiles(tree, selection, kept);
    this.pieces = new PackPieces(parts, this.#sliced);
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

  /** Gives up files that are not whole, or leaves them for a later process, and ends the threads. */
  async close(): Promise<void> {
    this.#sliced.abandon();
    await this.#pool.close();
  }

  /**
   * Reads packs, as many at once as there are threads, and one more to fetch.
   * @param settle told what became of each pack, at its end
   */
  async run(
    packs: AsyncIterable<PackToRead>,
    settle: (pack: number, outcome: PackOutcome) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const running = new Set<Promise<void>>();
    const { signal } = this.#parts.options;
    let failure: unknown;
    const read = (one: PackToRead): void => {
      const job = this.#readPack(one)
        .then((outcome) => settle(one.pack, outcome))
        .catch((error: unknown) => {
          failure ??= error;
          this.#pool.cancel();
        })
        .finally(() => running.delete(job));
      running.add(job);
    };
    try {
      for await (const one of packs) {
        read(one);
        while (running.size > this.#workers) await Promise.race(running);
        if (failure !== undefined || signal?.aborted === true) break;
      }
    } catch (error) {
      failure ??= error;
    }
    await Promise.all(running);
    if (failure !== undefined) throw failure;
    if (signal?.aborted === true) {
      throw new ColdstowError("E_CANCELLED", "Interrupted. What was restored so far is whole.", {
        hint: "Run the same command again: it goes on where it stopped.",
      });
    }
  }

  /**
   * Takes what an earlier process wrote of large files as written.
   * @returns false if that is gone, so that the pack must be read again
   */
  async resume(packId: number): Promise<PackOutcome | false> {
    const wanted = await this.pieces.wantedOf(packId);
    const parts = wanted.filter((work) => !isWhole(work));
    for (const work of parts) {
      if (!(await this.#sliced.resume(work, this.#parts.tell))) return false;
    }
    const pieces = await this.pieces.toRead(wanted.filter(isWhole));
    if (pieces.length > 0) return false;
    return this.#written(wanted, parts);
  }

  /** Tells of every file that needs a pack that it cannot be had. */
  async giveUp(packId: number, error: unknown): Promise<void> {
    await this.#giveUp(await this.pieces.wantedOf(packId), error);
  }

  /** Reads what is wanted of a pack, from another copy where one is damaged. */
  async #readPack({ pack, from }: PackToRead): Promise<PackOutcome> {
    const { archive, options, spool, thaw } = this.#parts;
    const tried = new Set<OpenDestination>();
    const all = await this.pieces.wantedOf(pack);
    const spoiled: number[] = [];
    let failed: RestoreReply["failed"];
    let wanted = all;
    while (wanted.length > 0) {
      const pieces = await this.pieces.toRead(wanted);
      if (pieces.length === 0) break;
      let fetched: FetchedPack;
      try {
        fetched = await fetchPack({
          archive,
          spool,
          packId: pack,
          pieces: pieces.map(({ piece }) => piece),
          tried,
          prefer: from ?? undefined,
          signal: options.signal,
          ...(thaw !== undefined && {
            mayRead: ({ id }) => id === from || !thaw.isCold(id),
            onFetch: (name) => thaw.meter.begin(name),
          }),
        });
      } catch (error) {
        // With the wrong identity no copy can be read: that is told once, not for every file.
        if (failed?.code === "E_WRONG_KEY") throw new ColdstowError(failed.code, failed.message);
        if (isFinal(error)) throw error;
        if (thaw !== undefined && isFrozen(error)) {
          return { kind: "frozen", bad: [...tried].map(({ id }) => id) };
        }
        return { kind: await this.#giveUp(wanted, error) };
      }
      const reply = await this.#readFile(fetched, pieces, spoiled);
      failed = reply.failed;
      if (failed !== undefined) this.#tellDamage(fetched.from, failed);
      if (failed !== undefined) tried.add(fetched.from);
      wanted = reply.again;
    }
    return { ...this.#kept(all), spoiled };
  }

  async #readFile(
    fetched: FetchedPack,
    pieces: readonly PieceToRead[],
    spoiled: number[],
  ): Promise<{ readonly failed: RestoreReply["failed"]; readonly again: PackWork[] }> {
    const { tell } = this.#parts;
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
    for (const outcome of reply.outcomes) tell(outcome);
    for (const { work, piece } of pieces) {
      if (again.has(work) || piece.to.type !== "slice") continue;
      const became = await this.#sliced.sliceDone(work, tell);
      if (became === "spoiled") spoiled.push(work.content);
    }
    return { failed: reply.failed, again: [...again] };
  }

  async #written(wanted: readonly PackWork[], parts: readonly PackWork[]): Promise<PackOutcome> {
    const spoiled: number[] = [];
    for (const work of parts) {
      const became = await this.#sliced.sliceDone(work, this.#parts.tell);
      if (became === "spoiled") spoiled.push(work.content);
    }
    return { ...this.#kept(wanted), spoiled };
  }

  #kept(wanted: readonly PackWork[]): { readonly kind: "read"; readonly isPartial: boolean } {
    const isPartial = this.#parts.kept() !== undefined && this.#sliced.keep(wanted);
    return { kind: "read", isPartial };
  }

  #tellDamage(from: OpenDestination, { code, message }: NonNullable<RestoreReply["failed"]>): void {
    this.#parts.options.progress({
      type: "warning",
      code,
      message: `${from.title}: ${message} Trying another copy.`,
    });
  }

  async #giveUp(wanted: readonly PackWork[], error: unknown): Promise<"lost" | "left"> {
    const message = error instanceof Error ? error.message : String(error);
    const code = isColdstowError(error) ? error.code : "E_IO";
    const isDamage = ["E_FIXITY", "E_MISSING", "E_FORMAT"].includes(code);
    const outcome = isDamage ? "damaged" : "failed";
    const isKept = this.#parts.kept() !== undefined;
    for (const work of wanted) {
      if (!isWhole(work) && (isDamage || !isKept)) {
        const lost: LostSlice = isDamage ? unreadable : { outcome, code, message };
        await this.#sliced.sliceDone(work, this.#parts.tell, lost);
        continue;
      }
      if (!isWhole(work) && !this.#sliced.leave(work)) continue;
      for (const { path } of await namesOf(this.#parts.selection, work.content)) {
        this.#parts.tell({ path, outcome, code, message });
      }
    }
    return isDamage ? "lost" : "left";
  }
}

/** What is wrong here and not with a copy: no other copy helps. */
function isFinal(error: unknown): boolean {
  return (
    isColdstowError(error) && ["E_NO_SPACE", "E_READ_ONLY", "E_CANCELLED"].includes(error.code)
  );
}
