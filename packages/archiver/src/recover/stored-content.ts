import { parseSparseMap, SparseCursor } from "../tar/index.ts";

/** How a content, or a slice of one, lies in a tar. */
export interface StoredForm {
  /** Of the content, holes counted. */
  readonly sizeBytes: number;
  /** In the tar. */
  readonly storedBytes: number;
  readonly sparse: boolean;
}

/** Is given the content's bytes in order; what lies between two calls is a hole. */
export type TakeContent = (bytes: Uint8Array, offset: number, lost: boolean) => void;

/** A whole number of blocks, so that the map is parsed at block limits. */
const longestMapBytes = 16 << 20;

/** Turns the stored bytes of a member into its content: for a sparse file the map says what goes where. */
export class StoredContent {
  readonly #form: StoredForm;
  readonly #take: TakeContent;
  #map: Buffer[] | undefined;
  #mapBytes = 0;
  #nextTry = 512;
  #cursor: SparseCursor | undefined;
  #position = 0;
  #isMapLost = false;

  constructor(form: StoredForm, take: TakeContent) {
    this.#form = form;
    this.#take = take;
    if (form.sparse) this.#map = [];
  }

  /** True where a sparse file's map is lost, so that nothing is known of its content. */
  get isLost(): boolean {
    return this.#isMapLost || this.#map !== undefined;
  }

  /** Takes the next stored bytes; they may be re-used afterwards. */
  take(bytes: Uint8Array, lost: boolean): void {
    if (this.#isMapLost) return;
    if (this.#map !== undefined) this.#takeMap(this.#map, bytes, lost);
    else if (this.#cursor !== undefined) this.#takeSparse(this.#cursor, bytes, lost);
    else {
      this.#take(bytes, this.#position, lost);
      this.#position += bytes.length;
    }
  }

  #takeMap(map: Buffer[], bytes: Uint8Array, lost: boolean): void {
    if (lost || this.#mapBytes > longestMapBytes) {
      this.#isMapLost = true;
      return;
    }
    map.push(Buffer.from(bytes));
    this.#mapBytes += bytes.length;
    const isAll = this.#mapBytes >= this.#form.storedBytes;
    if (this.#mapBytes < this.#nextTry && !isAll) return;
    this.#nextTry = 2 * this.#mapBytes;
    const have = Buffer.concat(map);
    try {
      const { sizeBytes, storedBytes } = this.#form;
      const { sparse, mapBytes } = parseSparseMap(have, storedBytes, sizeBytes);
      this.#map = undefined;
      this.#cursor = new SparseCursor(sparse);
      this.#takeSparse(this.#cursor, have.subarray(mapBytes), false);
    } catch {
      this.#map = [have];
      this.#isMapLost = isAll;
    }
  }

  #takeSparse(cursor: SparseCursor, bytes: Uint8Array, lost: boolean): void {
    for (let at = 0; at < bytes.length;) {
      const count = Math.min(cursor.available, bytes.length - at);
      if (count === 0) return;
      this.#take(bytes.subarray(at, at + count), cursor.take(count), lost);
      at += count;
    }
  }
}
