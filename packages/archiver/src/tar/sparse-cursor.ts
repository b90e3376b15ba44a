import type { SparseLayout } from "./member.ts";

/** Walks through the data of a sparse file and says where in the file each stretch belongs. */
export class SparseCursor {
  readonly #map: SparseLayout["map"];
  #index = -1;
  #offset = 0;
  #left = 0;

  constructor(sparse: SparseLayout) {
    this.#map = sparse.map;
    this.#advance();
  }

  /** Bytes that lie together from here; 0 at the end of the data. */
  get available(): number {
    return this.#left;
  }

  /** Goes on by `lengthBytes`, at most {@link available}, and returns the offset of the first of them. */
  take(lengthBytes: number): number {
    const offset = this.#offset;
    this.#offset += lengthBytes;
    this.#left -= lengthBytes;
    if (this.#left === 0) this.#advance();
    return offset;
  }

  #advance(): void {
    while (this.#left === 0 && this.#index < this.#map.length) {
      this.#index += 1;
      [this.#offset, this.#left] = this.#map[this.#index] ?? [0, 0];
    }
  }
}
