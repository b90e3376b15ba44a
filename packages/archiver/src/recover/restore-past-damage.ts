import { createHash } from "node:crypto";
import type {
  Catalogue,
  CatalogueEntry,
  NeededPack,
  PackWork,
  Selection,
  WorkCursor,
} from "@coldstow/catalogue";
import { isColdstowError, silent, throwIfCancelled } from "@coldstow/contracts";
import type { ProgressSink } from "@coldstow/contracts";
import { namesOf } from "../restore/names-of.ts";
import type { SafeTree } from "../restore/safe-tree.ts";
import {
  ContentWriter,
  type DamagedFile,
  type NameDamaged,
  type PieceWriter,
} from "./content-writer.ts";
import { damagedName } from "./damaged-name.ts";
import { DamageNotes, describeDamage } from "./damage-notes.ts";
import { readPastDamage } from "./read-past-damage.ts";
import { makeDirectories, makeSymlinks, stampDirectories } from "./restore-entries.ts";
import { RestoreTally, type RestoreFigures } from "./restore-tally.ts";
import { rows } from "../archive/rows.ts";
import type { PackObject } from "./source-object.ts";
import { surveyPack } from "./survey-pack.ts";

export interface RestorePastDamageOptions {
  /** As of which run. */
  readonly run: number;
  readonly identities: readonly string[];
  /** The packs that are there, by key. */
  readonly objects: ReadonlyMap<string, PackObject>;
  /** What is known of damaged compressed packs from reading them before, by key. */
  readonly gaps: ReadonlyMap<string, readonly number[]>;
  /** The packs were read before, and their damage was told. */
  readonly isDamageTold: boolean;
  readonly progress?: ProgressSink;
  readonly signal?: AbortSignal | undefined;
  readonly onDamagedFile?: (file: DamagedFile) => void;
}

/**
 * Restores the tree of a run from packs that may be damaged, cut or missing
 * (docs/formats/recovery.md, section 5). A file is written under its name only if it has the digest that
 * was archived. O(entries and bytes); memory holds one open file for each sliced file in work.
 * @throws {E_NO_SPACE | E_READ_ONLY | E_CANCELLED}
 */
export async function restorePastDamage(
  catalogue: Catalogue,
  tree: SafeTree,
  options: RestorePastDamageOptions,
): Promise<RestoreFigures> {
  const selection = await catalogue.openSelection({ run: options.run });
  try {
    return await new DamagedRestore(catalogue, selection, tree, options).run();
  } finally {
    await selection.close();
  }
}

class DamagedRestore {
  readonly #catalogue: Catalogue;
  readonly #selection: Selection;
  readonly #tree: SafeTree;
  readonly #options: RestorePastDamageOptions;
  readonly #open = new Map<number, ContentWriter | undefined>();
  readonly #tally: RestoreTally;

  constructor(
    catalogue: Catalogue,
    selection: Selection,
    tree: SafeTree,
    options: RestorePastDamageOptions,
  ) {
    this.#catalogue = catalogue;
    this.#selection = selection;
    this.#tree = tree;
    this.#options = options;
    this.#tally = new RestoreTally(options.progress ?? silent, options.onDamagedFile);
  }

  async run(): Promise<RestoreFigures> {
    const totals = await this.#selection.totals();
    const { neededBytes: totalBytes, files: totalItems } = totals;
    this.#tally.begin(totalBytes, totalItems);
    try {
      this.#tree.makeDirectory("");
      await makeDirectories(this.#selection, this.#tree, this.#tally);
      await this.#readPacks();
      for (const content of this.#open.keys()) await this.#finish(content);
      await this.#makeEmptyFiles();
      await this.#tellMissing();
      await makeSymlinks(this.#selection, this.#tree, this.#tally);
      await stampDirectories(this.#selection, this.#tree, this.#tally);
      return this.#tally.result;
    } finally {
      for (const writer of this.#open.values()) writer?.abandon();
    }
  }

  async #readPacks(): Promise<void> {
    for await (const pack of rows<NeededPack, number>((page) =>
      this.#selection.neededPacks(page),
    )) {
      const object = this.#options.objects.get(pack.key);
      const work = rows<PackWork, WorkCursor>((page) =>
        this.#selection.packWork({ ...page, pack: pack.id }),
      );
      const left =
        object === undefined
          ? work
          : await this.#readPack(object, pack.id, work[Symbol.asyncIterator]());
      if (object === undefined) {
        this.#tally.pack(pack.key, "missing", "It is not there: what lies only in it is lost.");
      }
      for await (const one of left) await this.#lose(one);
    }
  }

  /** Reads what is wanted of a pack. @returns what it ended without */
  async #readPack(
    object: PackObject,
    pack: number,
    work: AsyncIterator<PackWork, void>,
  ): Promise<AsyncIterable<PackWork>> {
    const { identities, signal } = this.#options;
    const notes = new DamageNotes();
    let active: PieceWriter[] = [];
    let next = await work.next();
    let at = 0;
    try {
      const gapBytes = await this.#gapsOf(object, pack);
      const options = { identities, gapBytes, onDamage: notes.add.bind(notes) };
      for await (const { bytes, lost } of readPastDamage(object, options)) {
        throwIfCancelled(signal);
        const end = at + bytes.length;
        while (next.done !== true && next.value.offset < end) {
          const writer = await this.#writerFor(next.value);
          if (writer !== undefined) active.push(writer.piece(next.value));
          next = await work.next();
        }
        const going: PieceWriter[] = [];
        for (const piece of active) {
          const { offset, storedBytes } = piece.work;
          const [from, to] = [Math.max(offset, at) - at, Math.min(offset + storedBytes, end) - at];
          piece.take(bytes.subarray(from, to), lost);
          if (offset + storedBytes <= end) await this.#endPiece(piece);
          else going.push(piece);
        }
        active = going;
        at = end;
        this.#tally.advance(bytes.length, object.key);
        if (next.done === true && active.length === 0) break;
      }
    } catch (error) {
      if (!isColdstowError(error) || !packErrors.has(error.code)) throw error;
      this.#tellPack(object, `Nothing more of it can be read: ${error.message}`);
    }
    for (const piece of active) await this.#endPiece(piece);
    if (notes.all.length > 0) this.#tellPack(object, describeDamage(notes.all));
    return restOf(next, work);
  }

  /** For a compressed pack that is not as it was written: how much its damage cost. */
  async #gapsOf(object: PackObject, pack: number): Promise<readonly number[]> {
    const known = this.#options.gaps.get(object.key);
    if (known !== undefined || !object.zstd) return known ?? [];
    const expected = (await this.#catalogue.pack(pack))?.sha256;
    const digest = createHash("sha256");
    for await (const bytes of object.open()) digest.update(bytes);
    if (expected !== null && expected !== undefined && digest.digest().equals(expected)) return [];
    const { identities, signal } = this.#options;
    return (await surveyPack(object, { identities, signal, accepts: () => true })).gapBytes;
  }

  async #writerFor(work: PackWork): Promise<ContentWriter | undefined> {
    if (!this.#open.has(work.content)) {
      const names = await namesOf(this.#selection, work.content);
      const writer = ContentWriter.begin(this.#tree, names, work, (outcome) =>
        this.#tally.name(outcome),
      );
      this.#open.set(work.content, writer);
    }
    return this.#open.get(work.content);
  }

  async #endPiece(piece: PieceWriter): Promise<void> {
    piece.finish();
    const { content } = piece.work;
    if (this.#open.get(content)?.isComplete === true) await this.#finish(content);
  }

  async #lose(work: PackWork): Promise<void> {
    const writer = await this.#writerFor(work);
    if (writer !== undefined) await this.#endPiece(writer.piece(work));
  }

  async #finish(content: number): Promise<void> {
    const writer = this.#open.get(content);
    this.#open.delete(content);
    if (writer === undefined) return;
    this.#tally.content(await writer.finish(this.#nameDamaged));
  }

  /** A name that neither the disk nor the archive has. */
  #nameDamaged: NameDamaged = async (path, isTaken) => {
    for (let attemptNumber = 1; ; attemptNumber += 1) {
      const name = damagedName(path, attemptNumber);
      const isFree = !isTaken(name) && this.#tree.isFree(name);
      if (isFree && (await this.#catalogue.entryAt(name, this.#options.run)) === undefined)
        return name;
      if (attemptNumber >= mostAttempts) return name;
    }
  };

  async #makeEmptyFiles(): Promise<void> {
    let done: number | undefined;
    for await (const { content, sizeBytes, sha256 } of rows<CatalogueEntry, number>((page) =>
      this.#selection.files(page),
    )) {
      if (sizeBytes !== 0 || content === null || content === done) continue;
      done = content;
      const names = await namesOf(this.#selection, content);
      const empty = { sha256, sizeBytes };
      const writer = ContentWriter.begin(this.#tree, names, empty, (one) => this.#tally.name(one));
      if (writer !== undefined) this.#tally.content(await writer.finish(this.#nameDamaged));
    }
  }

  async #tellMissing(): Promise<void> {
    for await (const { path, sizeBytes } of rows<CatalogueEntry, number>((page) =>
      this.#selection.missing(page),
    )) {
      const lostRanges = [[0, sizeBytes]] as const;
      this.#tally.damaged({ path, savedAs: undefined, lostRanges, rangesKnown: true });
    }
  }

  #tellPack(object: PackObject, message: string): void {
    if (!this.#options.isDamageTold) this.#tally.pack(object.key, "damaged", message);
  }
}

const mostAttempts = 1000;

const packErrors: ReadonlySet<string> = new Set([
  "E_WRONG_KEY",
  "E_FORMAT",
  "E_FIXITY",
  "E_NOT_FOUND",
  "E_PERMISSION",
  "E_FROZEN",
  "E_THAWING",
]);

async function* restOf(
  next: IteratorResult<PackWork, void>,
  work: AsyncIterator<PackWork, void>,
): AsyncGenerator<PackWork, void, undefined> {
  for (let one = next; one.done !== true; one = await work.next()) yield one.value;
}
