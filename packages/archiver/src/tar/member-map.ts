import { blockBytes } from "./blocks.ts";
import type { SparseLayout } from "./member.ts";
import type { AssembledMember } from "./member-assembly.ts";
import { readNumber } from "./number-field.ts";
import { SparseMapParser, readOldSparseBlock, sparseFromNumbers } from "./read-sparse-map.ts";

/** "more": another block is needed; a string says what is wrong. */
export type MapResult = "more" | { readonly problem: string } | { readonly sparse: SparseLayout };

/** Gathers the map of one sparse member from wherever its format puts it, a block at a time. */
export class MemberMap {
  readonly #member: AssembledMember;
  readonly #parser: SparseMapParser = new SparseMapParser();
  readonly #oldNumbers: number[] = [];
  #realSizeBytes: number;
  /** Bytes of the member's stored bytes that the map takes. */
  mapBytes = 0;

  constructor(member: AssembledMember) {
    this.#member = member;
    this.#realSizeBytes = member.realSizeBytes;
  }

  /** What the header block alone gives. */
  begin(header: Uint8Array): MapResult {
    const { sparse } = this.#member;
    if (sparse === "in-blocks") {
      this.#realSizeBytes = readNumber(header, 483, 12) ?? -1;
      return this.#takeOld(header, true);
    }
    if (sparse === "in-data") return this.#needsMapBlock();
    return this.#layout(sparse === "none" ? [] : sparse.numbers);
  }

  /** Takes the next block. */
  push(block: Uint8Array): MapResult {
    if (this.#member.sparse === "in-blocks") return this.#takeOld(block, false);
    this.mapBytes += blockBytes;
    const done = this.#parser.push(block);
    if (typeof done === "string") return { problem: done };
    return done ? this.#layout(this.#parser.numbers) : this.#needsMapBlock();
  }

  #needsMapBlock(): MapResult {
    const fits = this.mapBytes + blockBytes <= this.#member.fields.storedBytes;
    return fits ? "more" : { problem: "a sparse map is cut off" };
  }

  #takeOld(block: Uint8Array, inHeader: boolean): MapResult {
    const more = readOldSparseBlock(block, inHeader, this.#oldNumbers);
    if (typeof more === "string") return { problem: more };
    return more ? "more" : this.#layout(this.#oldNumbers);
  }

  #layout(numbers: readonly number[]): MapResult {
    const dataBytes = this.#member.fields.storedBytes - this.mapBytes;
    const sparse = sparseFromNumbers(numbers, this.#realSizeBytes, dataBytes);
    return typeof sparse === "string" ? { problem: sparse } : { sparse };
  }
}
