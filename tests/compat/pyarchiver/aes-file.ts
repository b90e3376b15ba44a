import { createCipheriv, pbkdf2Sync } from "node:crypto";

/** The numbers that pyArchiver drew at random. */
export interface AesStart {
  /** The initial counter block, 16 bytes, big-endian. */
  counter: Uint8Array;
  /** 8 bytes. */
  salt: Uint8Array;
}

/** The key of a pyArchiver `.aes` file: PBKDF2-HMAC-SHA1 of the password in Latin-1. */
export function aesKey(password: string, salt: Uint8Array): Buffer {
  if (/[^\0-\u00ff]/.test(password)) throw new Error("the password is not Latin-1");
  return pbkdf2Sync(Buffer.from(password, "latin1"), salt, 1000, 16, "sha1");
}

/** A whole `.aes` file: counter, salt, AES-128-CTR ciphertext; no magic and no authentication. */
export function aesFile(
  content: Uint8Array,
  password: string,
  { counter, salt }: AesStart,
): Buffer {
  const cipher = createCipheriv("aes-128-ctr", aesKey(password, salt), counter);
  return Buffer.concat([counter, salt, cipher.update(content), cipher.final()]);
}
