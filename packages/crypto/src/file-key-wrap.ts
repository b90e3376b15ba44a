import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { fileKeyBytes } from "./key-derivation.ts";

const zeroNonce = new Uint8Array(12);
const tagBytes = 16;

/** Bytes of a wrapped file key: a stanza's body. */
export const wrappedFileKeyBytes: number = fileKeyBytes + tagBytes;

/** Seals a file key with a key that is used only this once, hence the fixed nonce. */
export function wrapFileKey(wrapKey: KeyObject, fileKey: Uint8Array): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", wrapKey, zeroNonce, {
    authTagLength: tagBytes,
  });
  return Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
}

/** The file key in a body of exactly {@link wrappedFileKeyBytes}; undefined if the key is another. */
export function unwrapFileKey(wrapKey: KeyObject, body: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv("chacha20-poly1305", wrapKey, zeroNonce, {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(body.subarray(fileKeyBytes));
  const fileKey = decipher.update(body.subarray(0, fileKeyBytes));
  try {
    decipher.final();
    return fileKey;
  } catch {
    return undefined;
  }
}
