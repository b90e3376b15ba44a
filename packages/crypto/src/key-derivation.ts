import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** Bytes of a file key. Source: c2sp.org/age "File key". */
export const fileKeyBytes = 16;

/** 32 bytes of HKDF-SHA-256. Source: RFC 5869, c2sp.org/age "Conventions". */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, info: string): KeyObject {
  const bytes = Buffer.from(hkdfSync("sha256", secret, salt, info, 32));
  return createSecretKey(bytes);
}

/** The key that seals the chunks. Source: c2sp.org/age "Payload". */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): KeyObject {
  return deriveKey(fileKey, nonce, "payload");
}

/** The key of the header's MAC. Source: c2sp.org/age "Header MAC". */
export function headerMacKey(fileKey: Uint8Array): KeyObject {
  return deriveKey(fileKey, new Uint8Array(0), "header");
}
