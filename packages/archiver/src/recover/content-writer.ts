import { createHash, type Hash } from "node:crypto";
import { ftruncateSync, readSync, writeSync } from "node:fs";
import type { PackWork } from "@coldstow/catalogue";
import { attempt, isRestored, placeNames } from "../restore/place-names.ts";
import type { NameOutcome, RestoreName } from "../restore/restore-job.ts";
import type { FileInPlace, SafeTree } from "../restore/safe-tree.ts";
import { ByteRanges, describeRanges } from "./byte-ranges.ts";
import { StoredContent } from "./stored-content.ts";

/** A file of which bytes are lost. */
export interface DamagedFile {
  /** Its path in the archive. */
  readonly path: string;
  /** Under which path what is left of it was written; undefined where nothing of it is left. */
  readonly savedAs: string | undefined;
  /** Half-open ranges of the file that are lost and were written as zeros. */
  readonly lostRanges: readonly (readonly [start: number, end: number])[];
  /** False: the bytes are not those that were archived, and nothing tells which of them. */
  readonly rangesKnown: boolean;
}

export interface ContentOutcome {
  readonly outcomes: readonly NameOutcome[];
  readonly damaged: readonly DamagedFile[];
}

/** A free name for what is left of a damaged file; `isTaken` knows names that are about to be used. */
export type NameDamaged = (path: string, isTaken: (name: string) => boolean) => Promise<string>;

const zeros = new Uint8Array(1 << 20);
/** A usual block of file systems. */
const holeBytes = 4096;

/** Puts one content together from its pieces, lost or whole, and gives it its names. */
export class ContentWriter {
  readonly #tree: SafeTree;
  readonly #writing: FileInPlace;
  readonly #names: readonly RestoreName[];
  readonly #sha256: Uint8Array | null;
  readonly #sizeBytes: number;
  readonly #lost: ByteRanges = new ByteRanges();
  #coveredBytes = 0;
  #pieces = 0;
  #isWholeProven = false;
  #rangesKnown = true;

  private constructor(
    tree: SafeTree,
    writing: FileInPlace,
    names: readonly RestoreName[],
    content: { readonly sha256: Uint8Array | null; readonly sizeBytes: number },
  ) {
    this.#tree = tree;
    this.#writing = writing;
    this.#names = names;
    this.#sha256 = content.sha256;
    this.#sizeBytes = content.sizeBytes;
  }

  /** Begins the file at the first name that is free; undefined where none is. */
  static begin(
    tree: SafeTree,
    names: readonly RestoreName[],
    content: { readonly sha256: Uint8Array | null; readonly sizeBytes: number },
    tell: (outcome: NameOutcome) => void,
  ): ContentWriter | undefined {
    for (const [at, name] of names.entries()) {
      const rest = names.slice(at + 1);
      if (isRestored(tree, name, content.sizeBytes)) {
        tell({ path: name.path, outcome: "unchanged" });
        for (const one of placeNames(tree, name, rest, content.sizeBytes)) tell(one);
        return undefined;
      }
      let writing: FileInPlace | undefined;
      const outcome = attempt(name, () => {
        writing = tree.beginFree(name.path);
        ftruncateSync(writing.file, content.sizeBytes);
        return "restored";
      });
      if (writing !== undefined) {
        if (outcome.outcome === "restored") {
          return new ContentWriter(tree, writing, [name, ...rest], content);
        }
        tree.dropFile(writing);
      }
      tell(outcome);
    }
    return undefined;
  }

  /** All bytes were taken, or are known to be lost. */
  get isComplete(): boolean {
    return this.#coveredBytes >= this.#sizeBytes;
  }

  piece(work: PackWork): PieceWriter {
    this.#pieces += 1;
    return new PieceWriter(this.#writing.file, work, (lost, rangesKnown, isProven) => {
      this.#coveredBytes += work.piece.sizeBytes;
      this.#rangesKnown &&= rangesKnown;
      this.#isWholeProven = isProven && work.piece.sizeBytes === this.#sizeBytes;
      for (const [start, end] of lost) {
        this.#lost.add(work.piece.startByte + start, work.piece.startByte + end);
      }
    });
  }

  /** Gives the file its names: as it is where it is whole, else the names with `.damaged` behind. */
  async finish(nameDamaged: NameDamaged): Promise<ContentOutcome> {
    if (!this.isComplete) this.#lost.add(0, this.#sizeBytes);
    if (this.#lost.isEmpty && !this.#isWholeProven && !this.#isProvenByReading()) {
      this.#rangesKnown = false;
      this.#lost.add(0, this.#sizeBytes);
    }
    const lostRanges = this.#lost.all();
    if (lostRanges.length === 0) return { outcomes: this.#place(this.#names), damaged: [] };
    if (this.#rangesKnown && this.#lost.length >= this.#sizeBytes) return this.#giveUp();
    const renamed: RestoreName[] = [];
    for (const name of this.#names) {
      const path = await nameDamaged(name.path, (other) =>
        renamed.some((one) => one.path === other),
      );
      renamed.push({ ...name, path });
    }
    const placed = new Map(this.#place(renamed).map((one) => [one.path, one]));
    const damaged: DamagedFile[] = [];
    const outcomes: NameOutcome[] = [];
    for (const [at, { path }] of this.#names.entries()) {
      const savedAs = renamed[at]?.path ?? path;
      const outcome = placed.get(savedAs);
      if (outcome?.outcome !== "restored") {
        outcomes.push({ path, outcome: outcome?.outcome ?? "failed", code: "E_FIXITY" });
        continue;
      }
      damaged.push({ path, savedAs, lostRanges, rangesKnown: this.#rangesKnown });
    }
    return { outcomes, damaged };
  }

  /** Leaves nothing behind. */
  abandon(): void {
    this.#tree.dropFile(this.#writing);
  }

  #giveUp(): ContentOutcome {
    this.abandon();
    const lostRanges = this.#lost.all();
    const damaged = this.#names.map(({ path }) => ({
      path,
      savedAs: undefined,
      lostRanges,
      rangesKnown: true,
    }));
    return { outcomes: [], damaged };
  }

  #place(names: readonly RestoreName[]): NameOutcome[] {
    const [first, ...others] = names;
    if (first === undefined) return [];
    const placed = attempt(first, () => {
      this.#tree.placeFile({ ...this.#writing, path: first.path }, first);
      return "restored";
    });
    if (placed.outcome !== "restored") return [placed];
    return [placed, ...placeNames(this.#tree, first, others, this.#sizeBytes)];
  }

  /** The slices are proven each by itself; that they belong together is proven by the whole. */
  #isProvenByReading(): boolean {
    if (this.#sha256 === null) return this.#pieces > 0;
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (let at = 0; at < this.#sizeBytes;) {
      const got = readSync(this.#writing.file, buffer, 0, buffer.length, at);
      if (got === 0) break;
      hash.update(buffer.subarray(0, got));
      at += got;
    }
    return hash.digest().equals(this.#sha256);
  }
}

type PieceDone = (
  lost: readonly (readonly [number, number])[],
  rangesKnown: boolean,
  isProven: boolean,
) => void;

/** Writes one piece of a content to its place in the file. */
export class PieceWriter {
  readonly work: PackWork;
  readonly #done: PieceDone;
  readonly #hash: Hash = createHash("sha256");
  readonly #lost: ByteRanges = new ByteRanges();
  readonly #content: StoredContent;
  #position = 0;
  #storedBytes = 0;

  constructor(file: number, work: PackWork, done: PieceDone) {
    this.work = work;
    this.#done = done;
    const { sizeBytes, startByte } = work.piece;
    const form = { sizeBytes, storedBytes: work.storedBytes, sparse: work.sparse };
    this.#content = new StoredContent(form, (bytes, offset, lost) => {
      const end = Math.min(offset + bytes.length, sizeBytes);
      if (lost) this.#lost.add(offset, end);
      else put(file, bytes.subarray(0, Math.max(0, end - offset)), startByte + offset);
      this.#hole(offset - this.#position);
      this.#hash.update(bytes);
      this.#position = offset + bytes.length;
    });
  }

  take(bytes: Uint8Array, lost: boolean): void {
    this.#storedBytes += bytes.length;
    this.#content.take(bytes, lost);
  }

  /** Nothing more of it comes. */
  finish(): void {
    const { sizeBytes, sha256 } = this.work.piece;
    const isCut = this.#storedBytes < this.work.storedBytes;
    if (this.#content.isLost) this.#lost.add(0, sizeBytes);
    else if (isCut) this.#lost.add(this.#position, sizeBytes);
    if (!this.#lost.isEmpty) {
      this.#done(this.#lost.all(), true, false);
      return;
    }
    this.#hole(sizeBytes - this.#position);
    const isWhole = this.#position === sizeBytes;
    const isProven = sha256 !== null && isWhole && this.#hash.digest().equals(sha256);
    if (isProven || (sha256 === null && isWhole)) this.#done([], true, isProven);
    else this.#done([[0, sizeBytes]], false, false);
  }

  #hole(bytes: number): void {
    for (let left = bytes; left > 0; left -= zeros.length) {
      this.#hash.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
    }
    this.#position += Math.max(0, bytes);
  }
}

/** Leaves out blocks of zeros: the file has its length already, so that they become holes. */
function put(file: number, bytes: Uint8Array, position: number): void {
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + holeBytes - ((position + at) % holeBytes));
    if (Buffer.compare(bytes.subarray(at, end), zeros.subarray(0, end - at)) === 0) {
      write(file, bytes.subarray(from, at), position + from);
      from = end;
    }
    at = end;
  }
  write(file, bytes.subarray(from), position + from);
}

function write(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length;) {
    at += writeSync(file, bytes, at, bytes.length - at, position + at);
  }
}

/** What is wrong with a file, for a person. */
export function describeDamagedFile(file: DamagedFile): string {
  if (file.savedAs === undefined) return "All of its bytes are lost: nothing was written.";
  const what = file.rangesKnown
    ? `Bytes ${describeRanges(file.lostRanges)} are lost and were written as zeros`
    : `Its bytes are not those that were archived${where(file.lostRanges)}, and nothing tells which of them are wrong`;
  return `${what}; the rest is in ${file.savedAs}.`;
}

function where(ranges: readonly (readonly [number, number])[]): string {
  return ranges.length > 1 ? ` (within ${describeRanges(ranges)})` : "";
}
