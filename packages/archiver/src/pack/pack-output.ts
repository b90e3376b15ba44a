import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { zstdCompressSync } from "node:zlib";
import { fromSystemError } from "@coldstow/contracts";
import { createSealer, type Sealer } from "@coldstow/crypto";

/** Where and how a pack is written. */
export interface PackTarget {
  /** A file that exists or can be made; it is written from its start. */
  readonly path: string;
  /** age recipients (`age1…`); none leaves the pack unsealed. */
  readonly recipients: readonly string[];
  readonly zstd: boolean;
}

export interface WrittenPack {
  /** Of the object as it is stored. */
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  /** Of the tar inside. */
  readonly tarBytes: number;
}

const mebibyte = 1 << 20;
/** One zstd frame holds this much of the tar: large enough to compress well, small enough to re-use. */
const frameBytes = 4 * mebibyte;
const zeros = new Uint8Array(64 * 1024);

/**
 * Takes the bytes of a tar and writes the object in one pass: tar → zstd frames → age → file, with the
 * SHA-256 of what is written. Synchronous, for a worker thread; two buffers, whatever the pack's size.
 */
export class PackOutput {
  readonly #target: PackTarget;
  readonly #file: number;
  readonly #sealer: Sealer | undefined;
  readonly #digest = createHash("sha256");
  readonly #plain: Uint8Array;
  #used = 0;
  #tarBytes = 0;
  #written = 0;
  #sealed: Uint8Array;

  /** @throws {E_NO_SPACE | E_READ_ONLY | E_PERMISSION | E_IO} as every method that writes */
  constructor(target: PackTarget) {
    this.#target = target;
    this.#file = attempt(target, () => openSync(target.path, "w", 0o600));
    this.#plain = new Uint8Array(target.zstd ? frameBytes : mebibyte);
    this.#sealed = new Uint8Array(mebibyte + 4096);
    if (target.recipients.length > 0) {
      this.#sealer = createSealer(target.recipients);
      this.#put(this.#sealer.header);
    }
  }

  /** Bytes of tar taken so far. */
  get tarBytes(): number {
    return this.#tarBytes;
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const take = Math.min(this.#room(), bytes.length - at);
      this.#plain.set(bytes.subarray(at, at + take), this.#used);
      this.#take(take);
      at += take;
    }
  }

  writeZeros(count: number): void {
    for (let left = count; left > 0; left -= Math.min(left, zeros.length)) {
      this.write(left < zeros.length ? zeros.subarray(0, left) : zeros);
    }
  }

  /**
   * Reads up to `length` bytes of a file straight into the buffer, without a copy.
   * @param onBytes is shown each piece; the piece is only valid during the call
   * @returns the bytes taken: fewer than `length` where the file ends before
   */
  readFrom(
    file: number,
    position: number,
    length: number,
    onBytes: (bytes: Uint8Array) => void,
  ): number {
    let done = 0;
    while (done < length) {
      const room = Math.min(this.#room(), length - done);
      const got = readSync(file, this.#plain, this.#used, room, position + done);
      if (got === 0) break;
      onBytes(this.#plain.subarray(this.#used, this.#used + got));
      this.#take(got);
      done += got;
    }
    return done;
  }

  /**
   * Writes what is left and closes the file. Whoever publishes it makes it durable before: waiting for
   * the disk here would keep a worker from its next pack.
   */
  finish(): WrittenPack {
    this.#flush(true);
    attempt(this.#target, () => closeSync(this.#file));
    return {
      sizeBytes: this.#written,
      sha256: this.#digest.digest(),
      tarBytes: this.#tarBytes,
    };
  }

  /** Closes the file without finishing it; its bytes are of no use. */
  abandon(): void {
    closeSync(this.#file);
  }

  /** Room in the buffer, which is emptied only when more is to come: the last piece is sealed as such. */
  #room(): number {
    if (this.#used === this.#plain.length) this.#flush(false);
    return this.#plain.length - this.#used;
  }

  #take(bytes: number): void {
    this.#used += bytes;
    this.#tarBytes += bytes;
  }

  #flush(last: boolean): void {
    const tar = this.#plain.subarray(0, this.#used);
    const bytes = this.#target.zstd ? zstdCompressSync(tar) : tar;
    this.#used = 0;
    if (this.#sealer === undefined) {
      this.#put(bytes);
      return;
    }
    const bound = this.#sealer.outputBound(bytes.length);
    if (this.#sealed.length < bound) this.#sealed = new Uint8Array(bound);
    const count = this.#sealer.sealInto(bytes, last, this.#sealed, 0);
    this.#put(this.#sealed.subarray(0, count));
  }

  #put(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    for (let at = 0; at < bytes.length;) {
      at += attempt(this.#target, () => writeSync(this.#file, bytes, at));
    }
    this.#written += bytes.length;
  }
}

function attempt<T>(target: PackTarget, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fromSystemError(error, "Writing a pack", target.path);
  }
}
