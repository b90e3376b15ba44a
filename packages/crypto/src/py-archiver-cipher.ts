import { createDecipheriv, type Decipheriv, pbkdf2Sync } from "node:crypto";
import { ColdstowError } from "@coldstow/contracts";

const counterBytes = 16;
const saltBytes = 8;
const headBytes: number = counterBytes + saltBytes;

function openHead(head: Uint8Array, password: Uint8Array): Decipheriv {
  const salt = head.subarray(counterBytes);
  const key = pbkdf2Sync(password, salt, 1000, 16, "sha1");
  return createDecipheriv("aes-128-ctr", key, head.subarray(0, counterBytes));
}

function latin1Password(password: string): Uint8Array {
  // pyArchiver could not have used such a password, and Buffer would silently cut its characters.
  if (/[^\u0000-\u00FF]/.test(password))
    throw new ColdstowError(
      "E_WRONG_KEY",
      "This password has a character outside Latin-1: no pyArchiver file was ever made with it.",
      { hint: "Check the password for characters such as typographic quotes or the euro sign." },
    );
  return Buffer.from(password, "latin1");
}

/**
 * What a pyArchiver `.aes` file holds: AES-128-CTR with a counter that wraps modulo 2^128, its key
 * by PBKDF2-HMAC-SHA1 with 1000 iterations from the password in Latin-1. The format has no checksum: a
 * wrong password or a changed byte yields wrong bytes, which only the gzip stream inside shows.
 * Source: docs/formats/envelope.md §6. Memory: the current piece.
 * @throws {E_FORMAT} if the file is shorter than its head of 24 bytes
 * @throws {E_WRONG_KEY} if the password cannot be written in Latin-1
 */
export async function* openPyArchiver(
  source: AsyncIterable<Uint8Array>,
  password: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const secret = latin1Password(password);
  const head = new Uint8Array(headBytes);
  let known = 0;
  let decipher: Decipheriv | undefined;
  for await (const piece of source) {
    const used = Math.min(headBytes - known, piece.length);
    head.set(piece.subarray(0, used), known);
    known += used;
    if (known < headBytes) continue;
    decipher ??= openHead(head, secret);
    if (used < piece.length) yield decipher.update(piece.subarray(used));
  }
  if (decipher === undefined)
    throw new ColdstowError(
      "E_FORMAT",
      `The file ends after ${known} bytes: a pyArchiver .aes file begins with ${headBytes}.`,
    );
}
