import { randomBytes } from "node:crypto";
import { ColdstowError } from "@coldstow/contracts";
import { chunkBytes, chunkCipher, tagBytes } from "./chunk-cipher.ts";
import { callError } from "./format-error.ts";
import { type Stanza, writeHeader } from "./header.ts";
import { nonceBytes } from "./header-length.ts";
import { fileKeyBytes, payloadKey } from "./key-derivation.ts";
import { defaultWorkFactor, scryptStanza } from "./scrypt-recipient.ts";
import { x25519Stanza } from "./x25519-recipient.ts";

/** A passphrase to seal a file with. */
export interface SealPassphrase {
  readonly passphrase: string;
  /** log2 of scrypt's N; default 18. */
  readonly workFactor?: number;
}

/** Who can open what is sealed: recipients (`age1…`), or whoever knows a passphrase. */
export type SealTo = readonly string[] | SealPassphrase;

/**
 * Seals one file, synchronously and in one pass, for use in a worker thread.
 *
 * It keeps back the last chunk that it was given, full or not, until it knows whether more follows.
 * So every way of cutting the plaintext into calls gives a valid file: pieces of any length, an
 * empty last piece, no bytes at all. Pieces that are multiples of 65,536 bytes are the fastest:
 * only the chunk kept back is copied.
 */
export interface Sealer {
  /** All bytes before chunk 0: the textual header and the payload nonce. Write them first. */
  readonly header: Uint8Array;
  /** How many bytes the next `sealInto` of so many plain bytes may write at most. */
  outputBound(plainBytes: number): number;
  /**
   * Seals the next piece into `out` at `outOffset` and returns the number of bytes written; with
   * `last` the file is complete. `plain` may be re-used at once; it must not overlap `out`.
   * @throws {E_INTERNAL} after `last`, or if `out` has no room for `outputBound(plain.length)`
   */
  sealInto(plain: Uint8Array, last: boolean, out: Uint8Array, outOffset: number): number;
}

function stanzasFor(fileKey: Uint8Array, to: SealTo): Stanza[] {
  if ("passphrase" in to)
    return [scryptStanza(fileKey, to.passphrase, to.workFactor ?? defaultWorkFactor)];
  if (to.length === 0)
    throw new ColdstowError("E_USAGE", "There is no recipient: nothing was sealed.", {
      hint: "Name at least one recipient (age1…).",
    });
  return to.map((recipient) => x25519Stanza(fileKey, recipient));
}

/**
 * A sealer with a fresh file key and nonce; one per file. Source: c2sp.org/age; docs/formats/envelope.md §2.
 * @throws {E_FORMAT} if a recipient is none
 * @throws {E_USAGE} if there is no recipient or the passphrase is empty
 */
export function createSealer(to: SealTo): Sealer {
  const fileKey = randomBytes(fileKeyBytes);
  const nonce = randomBytes(nonceBytes);
  const header = Buffer.concat([writeHeader(stanzasFor(fileKey, to), fileKey), nonce]);
  const cipher = chunkCipher(payloadKey(fileKey, nonce));
  const held = new Uint8Array(chunkBytes);
  let heldBytes = 0;
  let index = 0;
  let done = false;

  const outputBound = (plainBytes: number): number => {
    const total = heldBytes + plainBytes;
    return total + Math.max(1, Math.ceil(total / chunkBytes)) * tagBytes;
  };

  return {
    header,
    outputBound,
    sealInto(plain, last, out, outOffset) {
      if (done) throw callError("A sealer was given more bytes after the last ones.");
      if (out.length - outOffset < outputBound(plain.length))
        throw callError(
          `A sealer needs room for ${outputBound(plain.length)} bytes, but was given ${out.length - outOffset}.`,
        );
      let written = outOffset;
      const seal = (chunk: Uint8Array, final: boolean): void => {
        cipher.seal(index, final, chunk, out, written);
        index += 1;
        written += chunk.length + tagBytes;
      };

      let at = Math.min(chunkBytes - heldBytes, plain.length);
      held.set(plain.subarray(0, at), heldBytes);
      heldBytes += at;
      if (at < plain.length) {
        seal(held, false);
        for (; plain.length - at > chunkBytes; at += chunkBytes)
          seal(plain.subarray(at, at + chunkBytes), false);
        const rest = plain.subarray(at);
        heldBytes = rest.length;
        if (last) seal(rest, true);
        else held.set(rest);
      } else if (last) {
        seal(held.subarray(0, heldBytes), true);
      }
      done = last;
      return written - outOffset;
    },
  };
}
