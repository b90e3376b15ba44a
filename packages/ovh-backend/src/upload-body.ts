import { createHash, type Hash } from "node:crypto";

import { checkedBody, type BodySource, type PutOptions } from "@coldstow/contracts";

const blockBytes = 256 * 1024;

/**
 * The bytes of a source on their way to a store that makes an object of them as soon as the last
 * one has arrived. So the last block is held back until the source has kept its word, and a body
 * that does not is never complete. Blocks are fresh: the connection may keep them after the source
 * has filled its own buffer anew.
 */
export class UploadBody {
  /** What the source failed with; the connection's own error is only its consequence. */
  failure: unknown;
  /** True once the last block was handed over: from then on the store decides. */
  complete = false;
  readonly #source: BodySource;
  readonly #options: PutOptions;
  readonly #announced: string | undefined;
  #md5: Hash;

  constructor(source: BodySource, options: PutOptions) {
    this.#source = source;
    this.#options = options;
    this.#announced = source.digests.find(({ algorithm }) => algorithm === "md5")?.hex;
    this.#md5 = createHash("md5");
  }

  /** The MD5 that was announced; undefined where it is computed on the way. */
  get announcedMd5(): string | undefined {
    return this.#announced;
  }

  /** The MD5 of what was sent. To be asked for once, after the last block. */
  md5(): string {
    return this.#announced ?? this.#md5.digest("hex");
  }

  /**
   * The body, or undefined for an empty one. The first block is read before anything is sent, so a
   * short body that does not keep its word is not sent at all. May be called again.
   */
  async open(): Promise<AsyncIterable<Uint8Array> | undefined> {
    this.#md5 = createHash("md5");
    this.complete = false;
    const blocks = this.#blocks();
    const first = await blocks.next();
    if (first.done === true) {
      this.complete = true;
      return undefined;
    }
    return this.#chain(first.value, blocks);
  }

  async *#chain(
    first: Uint8Array,
    rest: AsyncGenerator<Uint8Array, void, undefined>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let sentBytes = 0;
    const hand = (block: Uint8Array): Uint8Array => {
      sentBytes += block.length;
      this.complete = sentBytes === this.#source.sizeBytes;
      return block;
    };
    try {
      yield hand(first);
      this.#options.onProgress?.(sentBytes);
      for await (const block of rest) {
        yield hand(block);
        this.#options.onProgress?.(sentBytes);
      }
    } finally {
      // The connection may break at the first block, before the rest was ever asked for.
      await rest.return();
    }
  }

  async *#blocks(): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal } = this.#options;
    const checks = { createDigest: createHash, ...(signal === undefined ? {} : { signal }) };
    let block = Buffer.allocUnsafeSlow(blockBytes);
    let used = 0;
    try {
      for await (const chunk of checkedBody(this.#source, checks)) {
        if (this.#announced === undefined) this.#md5.update(chunk);
        for (let at = 0; at < chunk.length;) {
          if (used === blockBytes) {
            yield block;
            block = Buffer.allocUnsafeSlow(blockBytes);
            used = 0;
          }
          const piece = chunk.subarray(at, at + blockBytes - used);
          block.set(piece, used);
          used += piece.length;
          at += piece.length;
        }
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
    if (used > 0) yield block.subarray(0, used);
  }
}
