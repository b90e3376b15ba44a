import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";

// The DER heads of an X25519 key, RFC 8410 §7 and §4: 32 raw bytes follow.
const privateHead = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicHead = Buffer.from("302a300506032b656e032100", "hex");

function privateKeyOf(scalar: Uint8Array): KeyObject {
  const key = Buffer.concat([privateHead, scalar]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/** The public point of 32 secret bytes. Source: RFC 7748 §5. */
export function x25519Public(scalar: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKeyOf(scalar)).export({ format: "der", type: "spki" });
  return spki.subarray(publicHead.length);
}

/**
 * The shared secret of 32 secret bytes and a point of 32 bytes. Undefined if it is all zero, which
 * a point of low order brings about. Source: RFC 7748 §6.1.
 */
export function x25519Shared(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
  const privateKey = privateKeyOf(scalar);
  const key = Buffer.concat([publicHead, point]);
  const publicKey = createPublicKey({ key, format: "der", type: "spki" });
  try {
    const shared = diffieHellman({ privateKey, publicKey });
    return shared.some((byte) => byte !== 0) ? shared : undefined;
  } catch {
    // OpenSSL refuses a point of low order by itself.
    return undefined;
  }
}
