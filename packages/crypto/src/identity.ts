import { randomBytes } from "node:crypto";
import { ColdstowError } from "@coldstow/contracts";
import { decodeBech32, encodeBech32 } from "./bech32.ts";
import { x25519Public } from "./x25519.ts";

const secretPrefix = "age-secret-key-";
const recipientPrefix = "age";

/** A secret identity (`AGE-SECRET-KEY-1…`) and the recipient (`age1…`) that belongs to it. */
export interface IdentityPair {
  readonly secret: string;
  readonly recipient: string;
}

/** A new random identity. Source: c2sp.org/age "The X25519 recipient type". */
export function generateIdentity(): IdentityPair {
  const secret = encodeIdentity(randomBytes(32));
  return { secret, recipient: recipientOf(secret) };
}

/** The text of a secret scalar of 32 bytes. */
export function encodeIdentity(scalar: Uint8Array): string {
  return encodeBech32(secretPrefix, scalar).toUpperCase();
}

/**
 * The 32 bytes of a secret identity.
 * @throws {E_FORMAT} without ever repeating the text, which is a secret
 */
export function identityBytes(secret: string): Uint8Array {
  const bytes = decodeBech32(secretPrefix, secret);
  if (bytes?.length === 32) return bytes;
  throw new ColdstowError(
    "E_FORMAT",
    /^age-(?:secret-key-pq|plugin)-/i.test(secret)
      ? "This identity is of a kind that is not read here: only X25519 identities are."
      : "This is not an age identity, or it has a typing error: its check characters do not fit.",
    { hint: "An identity is one line that begins with AGE-SECRET-KEY-1." },
  );
}

/**
 * The 32 bytes of a recipient.
 * @throws {E_FORMAT}
 */
export function recipientBytes(recipient: string): Uint8Array {
  const bytes = decodeBech32(recipientPrefix, recipient);
  if (bytes?.length === 32) return bytes;
  throw new ColdstowError("E_FORMAT", "This is not an age recipient of the kind X25519.", {
    subject: recipient.slice(0, 80),
    hint: "A recipient is one line that begins with age1; make one with age-keygen.",
  });
}

/**
 * The recipient that belongs to a secret identity.
 * @throws {E_FORMAT}
 */
export function recipientOf(secret: string): string {
  return encodeBech32(recipientPrefix, x25519Public(identityBytes(secret)));
}
