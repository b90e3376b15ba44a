const minSlots = 1 << 12;
const maxSlots = 1 << 26;

/**
 * Digests that are stored or being stored, shared by all worker threads: an open-addressing table of
 * the first 64 bits of each. It only decides who stores a content; the catalogue compares whole
 * digests afterwards, so a collision costs time and never a file.
 */
export class Claims {
  readonly slots: BigInt64Array<SharedArrayBuffer>;

  private constructor(slots: BigInt64Array<SharedArrayBuffer>) {
    this.slots = slots;
  }

  /** A table for so many digests; 16 bytes each, at most 512 MiB. */
  static forDigests(count: number): Claims {
    const wanted = Math.min(maxSlots, Math.max(minSlots, count * 2));
    const slots = 2 ** Math.ceil(Math.log2(wanted));
    return new Claims(new BigInt64Array(new SharedArrayBuffer(slots * 8)));
  }

  /** The same table in another thread. */
  static sharing(slots: BigInt64Array<SharedArrayBuffer>): Claims {
    return new Claims(slots);
  }

  /** True for the first caller with this digest, in whichever thread; also when the table is full. */
  claim(sha256: Uint8Array): boolean {
    const view = new DataView(sha256.buffer, sha256.byteOffset, 8);
    const short = view.getBigInt64(0, true) || 1n;
    const mask = this.slots.length - 1;
    const start = (view.getUint32(0, true) ^ view.getUint32(4, true)) & mask;
    for (let step = 0; step < 64; step += 1) {
      const found = Atomics.compareExchange(this.slots, (start + step) & mask, 0n, short);
      if (found === 0n) return true;
      if (found === short) return false;
    }
    return true;
  }
}
