import type { PackWork, WorkCursor } from "@coldstow/catalogue";
import { rows } from "../archive/rows.ts";
import { namesOf } from "./names-of.ts";
import { namesThere, needsBytes } from "./place-names.ts";
import type { RestorePiece } from "./restore-job.ts";
import type { RestoreParts } from "./restore-parts.ts";
import type { SlicedFiles } from "./sliced-files.ts";

/** A piece of a pack, and where its bytes go. */
export interface PieceToRead {
  readonly work: PackWork;
  readonly piece: RestorePiece;
}

/** Says what is wanted of a pack, and what of it is there already. */
export class PackPieces {
  readonly #parts: RestoreParts;
  readonly #sliced: SlicedFiles;

  constructor(parts: RestoreParts, sliced: SlicedFiles) {
    this.#parts = parts;
    this.#sliced = sliced;
  }

  /** All that is wanted of a pack. O(pieces). */
  async wantedOf(packId: number): Promise<PackWork[]> {
    const wanted: PackWork[] = [];
    const pages = rows<PackWork, WorkCursor>((after) =>
      this.#parts.selection.packWork({ pack: packId, ...after }),
    );
    for await (const work of pages) wanted.push(work);
    return wanted;
  }

  /** Whether a pack has to be read for something; nothing is changed or told. O(names). */
  async needs(packId: number): Promise<boolean> {
    const { fresh, selection, tree } = this.#parts;
    if (fresh) return true;
    for (const { content, piece, sizeBytes } of await this.wantedOf(packId)) {
      if (piece.sha256 === null) continue;
      if (needsBytes(tree, await namesOf(selection, content), sizeBytes)) return true;
    }
    return false;
  }

  /** What is to be read; outcomes of what needs no reading are told. */
  async toRead(wanted: readonly PackWork[]): Promise<PieceToRead[]> {
    const pieces: PieceToRead[] = [];
    for (const work of wanted) {
      const { sha256, sizeBytes } = work.piece;
      const to: RestorePiece["to"] | undefined = isWhole(work)
        ? await this.#namesToWrite(work)
        : await this.#sliced.target(work, this.#parts.tell);
      if (to === undefined || sha256 === null) continue;
      const { offset, storedBytes, sparse } = work;
      pieces.push({ work, piece: { offset, storedBytes, sparse, sizeBytes, sha256, to } });
    }
    return pieces;
  }

  /** Undefined where nothing is left to write, so that their pack need not be fetched for them. */
  async #namesToWrite(work: PackWork): Promise<RestorePiece["to"] | undefined> {
    const { fresh, selection, tell, tree } = this.#parts;
    const names = await namesOf(selection, work.content);
    if (fresh || needsBytes(tree, names, work.sizeBytes)) return { type: "names", names };
    const { outcomes, missing } = namesThere(tree, names, work.sizeBytes);
    for (const one of outcomes) tell(one);
    const message = "Something else is there already; it was kept.";
    for (const { path } of missing) tell({ path, outcome: "skipped", code: "E_EXISTS", message });
    return undefined;
  }
}

/** True for a piece that is a whole content. */
export function isWhole({ piece, sizeBytes }: PackWork): boolean {
  return piece.startByte === 0 && piece.sizeBytes === sizeBytes;
}
