import { randomBytes } from "node:crypto";
import { ColdstowError } from "@coldstow/contracts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { unwrapFileKey, wrapFileKey, wrappedFileKeyBytes } from "./file-key-wrap.ts";
import { formatError } from "./format-error.ts";
import type { Stanza } from "./header.ts";
import { identityBytes, recipientBytes } from "./identity.ts";
import { deriveKey } from "./key-derivation.ts";
import { x25519Public, x25519Shared } from "./x25519.ts";

const info = "age-encryption.org/v1/X25519";

/**
 * A stanza that wraps the file key for a recipient. Source: c2sp.org/age "X25519 recipient stanza".
 * @throws {E_FORMAT} if `recipient` is none
 */
export function x25519Stanza(fileKey: Uint8Array, recipient: string): Stanza {
  const point = recipientBytes(recipient);
  const ephemeral = randomBytes(32);
  const share = x25519Public(ephemeral);
  const shared = x25519Shared(ephemeral, point);
  if (shared === undefined)
    throw new ColdstowError("E_FORMAT", "This recipient is no usable key: nothing was sealed.", {
      subject: recipient,
      hint: "Make a recipient with age-keygen.",
    });
  const body = wrapFileKey(deriveKey(shared, Buffer.concat([share, point]), info), fileKey);
  return { arguments: ["X25519", encodeBase64(share)], body };
}

/**
 * The ephemeral share of an X25519 stanza, undefined for a stanza of another type.
 * @throws {E_FORMAT} for an X25519 stanza that breaks the rules of c2sp.org/age
 */
export function x25519Share(stanza: Stanza): Uint8Array | undefined {
  if (stanza.arguments[0] !== "X25519") return undefined;
  const share = decodeBase64(stanza.arguments[1] ?? "");
  if (stanza.arguments.length !== 2 || share?.length !== 32)
    throw formatError("An X25519 stanza of the age header has wrong arguments.");
  if (stanza.body.length !== wrappedFileKeyBytes)
    throw formatError("The body of an X25519 stanza of the age header has a wrong length.");
  return share;
}

/** A secret identity made ready to be tried on many stanzas. */
export interface X25519Key {
  readonly scalar: Uint8Array;
  readonly point: Uint8Array;
}

/** @throws {E_FORMAT} if `secret` is no identity */
export function x25519Key(secret: string): X25519Key {
  const scalar = identityBytes(secret);
  return { scalar, point: x25519Public(scalar) };
}

/**
 * The file key of a stanza, undefined if it is of another type or for another identity.
 * @throws {E_FORMAT} for an X25519 stanza that breaks the rules of c2sp.org/age
 */
export function openX25519Stanza(stanza: Stanza, key: X25519Key): Uint8Array | undefined {
  const share = x25519Share(stanza);
  if (share === undefined) return undefined;
  const shared = x25519Shared(key.scalar, share);
  if (shared === undefined)
    throw formatError("The share of an X25519 stanza of the age header is of low order.");
  return unwrapFileKey(deriveKey(shared, Buffer.concat([share, key.point]), info), stanza.body);
}
