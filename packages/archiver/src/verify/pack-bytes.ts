import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ColdstowError, fromSystemError, isColdstowError } from "@coldstow/contracts";
import {
  chunkBytes,
  headerLength,
  maxHeaderBytes,
  openEnvelope,
  sealedChunkBytes,
  type Opener,
} from "@coldstow/crypto";
import type { Fault } from "./inspection.ts";

const pieceChunks = 4;
const nonceBytes = 16;
const maxRanges = 64;
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const buffer: Uint8Array = Buffer.allocUnsafeSlow(pieceChunks * sealedChunkBytes);
const plain: Uint8Array = Buffer.allocUnsafeSlow(pieceChunks * chunkBytes);
const nothing = new Uint8Array(0);

/**
 * Reads an object's file once from start to end: hashes all of it and, given keys, authenticates
 * every chunk on the way. Damage does not stop it; only plain bytes in front of the first damage are
 * given out. One instance a thread at a time, because buffers are re-used.
 */
export class PackBytes {
  readonly sizeBytes: number;
  envelope: Fault | undefined;
  damagedChunks = 0;
  readonly damagedRanges: [number, number][] = [];
  readonly #path: string;
  readonly #file: number;
  readonly #hash = createHash("sha256");
  readonly #plainInside: boolean;
  #opener: Opener | undefined;
  #at = 0;
  #chunk = 0;

  /**
   * @param keys identities that open a sealed pack; undefined to hash it alone
   * @throws {E_NOT_FOUND | E_FORMAT | E_IO | E_PERMISSION}
   */
  constructor(path: string, sealed: boolean, keys: readonly string[] | undefined) {
    this.#path = path;
    this.#plainInside = !sealed && keys !== undefined;
    this.#file = this.#attempt(() => openSync(path, flags));
    try {
      const stats = this.#attempt(() => fstatSync(this.#file));
      if (!stats.isFile()) {
        throw new ColdstowError("E_FORMAT", `${path} is no regular file. It was not read.`);
      }
      this.sizeBytes = stats.size;
      if (sealed && keys !== undefined) this.#openHeader(keys);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** True once something was found that stands between the reader and the pack's tar. */
  get broken(): boolean {
    return this.envelope !== undefined || this.damagedChunks > 0;
  }

  /** How much of the object was read. */
  get position(): number {
    return this.#at;
  }

  /** The next plain bytes, valid until the next call; undefined at the file's end. @throws {E_IO} */
  next(): Uint8Array | undefined {
    if (this.#at >= this.sizeBytes) return undefined;
    const got = this.#read(this.#at, buffer.length);
    if (got === 0) return undefined;
    const bytes = buffer.subarray(0, got);
    this.#at += got;
    this.#hash.update(bytes);
    if (this.#opener !== undefined) return this.#open(this.#opener, bytes);
    return this.#plainInside ? bytes : nothing;
  }

  /** SHA-256 of the object, once {@link next} has given undefined. */
  digest(): Uint8Array {
    return this.#hash.digest();
  }

  close(): void {
    closeSync(this.#file);
  }

  #openHeader(keys: readonly string[]): void {
    let head = buffer.subarray(0, this.#read(0, 4096));
    try {
      if (headerLength(head) === undefined) {
        head = buffer.subarray(0, this.#read(0, maxHeaderBytes + nonceBytes));
      }
      this.#opener = openEnvelope(head, keys);
    } catch (error) {
      if (!isColdstowError(error)) throw error;
      this.envelope = { code: error.code, message: error.message };
      return;
    }
    this.#at = this.#opener.headerBytes;
    this.#hash.update(head.subarray(0, this.#at));
    // A file that ends with its header lacks the chunk that every envelope has.
    if (this.#at >= this.sizeBytes) this.#damaged(0);
  }

  #open(opener: Opener, bytes: Uint8Array): Uint8Array {
    let written = 0;
    for (let start = 0; start < bytes.length; start += sealedChunkBytes) {
      const chunk = bytes.subarray(start, start + sealedChunkBytes);
      const last = this.#at - bytes.length + start + chunk.length >= this.sizeBytes;
      try {
        const opened = opener.openChunk(this.#chunk, chunk, last, plain, written);
        if (!this.broken) written += opened;
      } catch (error) {
        if (!isColdstowError(error) || error.code !== "E_FIXITY") throw error;
        this.#damaged(this.#chunk);
      }
      this.#chunk += 1;
    }
    return plain.subarray(0, written);
  }

  #damaged(index: number): void {
    this.damagedChunks += 1;
    const start = index * chunkBytes;
    const last = this.damagedRanges.at(-1);
    if (last?.[1] === start) last[1] += chunkBytes;
    else if (this.damagedRanges.length < maxRanges) {
      this.damagedRanges.push([start, start + chunkBytes]);
    }
  }

  #read(position: number, length: number): number {
    const wanted = Math.min(length, buffer.length, this.sizeBytes - position);
    let done = 0;
    while (done < wanted) {
      const got = this.#attempt(() =>
        readSync(this.#file, buffer, done, wanted - done, position + done),
      );
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  #attempt<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw fromSystemError(error, "Reading a pack", this.#path);
    }
  }
}
