import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { ColdstowError } from "@coldstow/contracts";
import { parseSparseMap, SparseCursor } from "../tar/index.ts";

const zeros = new Uint8Array(1 << 20);

/**
 * Writes the stored bytes of one piece to an open file at a position and checks their SHA-256. Holes of
 * a sparse piece are left as holes: the file must have its full length already.
 */
export class PieceSink {
  readonly #file: number;
  readonly #start: number;
  readonly #sizeBytes: number;
  readonly #storedBytes: number;
  readonly #digest = createHash("sha256");
  #map: Buffer[] | undefined;
  #cursor: SparseCursor | undefined;
  /** Of the piece's logical bytes: how many are written or left as a hole. */
  #position = 0;

  constructor(
    file: number,
    start: number,
    piece: { readonly sizeBytes: number; readonly storedBytes: number; readonly sparse: boolean },
  ) {
    this.#file = file;
    this.#start = start;
    this.#sizeBytes = piece.sizeBytes;
    this.#storedBytes = piece.storedBytes;
    if (piece.sparse) this.#map = [];
  }

  /** Takes the next stored bytes; they may be re-used afterwards. */
  write(bytes: Uint8Array): void {
    if (this.#map !== undefined) {
      this.#map.push(Buffer.from(bytes));
      this.#readMap();
    } else if (this.#cursor !== undefined) {
      this.#writeSparse(bytes);
    } else {
      this.#put(bytes, this.#position);
    }
  }

  /** @throws {E_FIXITY} if the bytes are not those that were archived */
  finish(sha256: Uint8Array): void {
    if (this.#cursor !== undefined) {
      this.#hole(this.#sizeBytes - this.#position);
    }
    if (this.#position !== this.#sizeBytes || !this.#digest.digest().equals(sha256)) {
      throw new ColdstowError("E_FIXITY", "Its bytes are not those that were archived.");
    }
  }

  #readMap(): void {
    const have = Buffer.concat(this.#map ?? []);
    let parsed: ReturnType<typeof parseSparseMap>;
    try {
      parsed = parseSparseMap(have, this.#storedBytes, this.#sizeBytes);
    } catch (error) {
      if (have.length < Math.min(this.#storedBytes, 1 << 23)) return;
      throw error;
    }
    this.#map = undefined;
    this.#cursor = new SparseCursor(parsed.sparse);
    this.#writeSparse(have.subarray(parsed.mapBytes));
  }

  #writeSparse(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const count = Math.min(this.#cursor?.available ?? 0, bytes.length - at);
      if (count === 0) return;
      const offset = this.#cursor?.take(count) ?? 0;
      this.#hole(offset - this.#position);
      this.#put(bytes.subarray(at, at + count), offset);
      at += count;
    }
  }

  #put(bytes: Uint8Array, position: number): void {
    this.#digest.update(bytes);
    for (let at = 0; at < bytes.length;) {
      at += writeSync(this.#file, bytes, at, bytes.length - at, this.#start + position + at);
    }
    this.#position = position + bytes.length;
  }

  #hole(count: number): void {
    for (let left = count; left > 0; left -= zeros.length) {
      this.#digest.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
    }
    this.#position += Math.max(0, count);
  }
}
