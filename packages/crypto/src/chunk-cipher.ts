import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

/** Plain bytes of a full chunk. Source: c2sp.org/age "Payload". */
export const chunkBytes = 65_536;
/** Bytes of a chunk's authentication tag. */
export const tagBytes = 16;
/** Sealed bytes of a full chunk. */
export const sealedChunkBytes: number = chunkBytes + tagBytes;

const algorithm = "chacha20-poly1305";
const options = { authTagLength: tagBytes };

/** Writes a chunk's nonce: an 11-byte big-endian counter, then 1 for the final chunk, else 0. */
function setNonce(nonce: Buffer, index: number, last: boolean): void {
  // 2^48 chunks are 16 EiB: more than a number or a disk holds.
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = last ? 1 : 0;
}

/** Seals and opens single chunks of one file. */
export interface ChunkCipher {
  /** Writes `plain.length + 16` sealed bytes to `out` at `offset`. `plain` has up to 65,536 bytes. */
  seal(index: number, last: boolean, plain: Uint8Array, out: Uint8Array, offset: number): void;
  /** The plain bytes of a sealed chunk, in memory of their own; undefined if it is not authentic. */
  open(index: number, last: boolean, sealed: Uint8Array): Uint8Array | undefined;
}

/** @param key from `payloadKey`; a KeyObject, because a plain buffer costs a quarter of the speed */
export function chunkCipher(key: KeyObject): ChunkCipher {
  const nonce = Buffer.alloc(12);
  return {
    seal(index, last, plain, out, offset) {
      setNonce(nonce, index, last);
      const cipher = createCipheriv(algorithm, key, nonce, options);
      out.set(cipher.update(plain), offset);
      cipher.final();
      out.set(cipher.getAuthTag(), offset + plain.length);
    },
    open(index, last, sealed) {
      const plainLength = sealed.length - tagBytes;
      if (plainLength < 0 || plainLength > chunkBytes) return undefined;
      // The final chunk is empty only if the whole payload is.
      if (plainLength === 0 && index > 0) return undefined;
      if (!last && plainLength !== chunkBytes) return undefined;
      setNonce(nonce, index, last);
      const decipher = createDecipheriv(algorithm, key, nonce, options);
      decipher.setAuthTag(sealed.subarray(plainLength));
      const plain = decipher.update(sealed.subarray(0, plainLength));
      try {
        decipher.final();
        return plain;
      } catch {
        return undefined;
      }
    },
  };
}
