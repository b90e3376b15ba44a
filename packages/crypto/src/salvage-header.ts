import { type EnvelopeKeys, isPassphraseKey } from "./file-key.ts";
import { chunkCipher } from "./chunk-cipher.ts";
import { decodeBase64 } from "./base64.ts";
import { maxHeaderBytes, nonceBytes } from "./header-length.ts";
import { payloadKey } from "./key-derivation.ts";
import { type OpenedHeader, openHeader } from "./opener.ts";
import { openX25519Stanza, x25519Key } from "./x25519-recipient.ts";

const stanzaText = /-> X25519 ([A-Za-z0-9+/]{43})\n([A-Za-z0-9+/]{43})\n/g;
// Nothing else in a header has three dashes. The line feed before them may be what is damaged.
const macMark = "--- ";
// The mark, 43 characters, a line feed, the nonce.
const endBytes: number = 4 + 43 + 1 + nonceBytes;

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** The header's end where only its MAC line's mark is intact; undefined asks for more bytes. */
export function damagedHeaderLength(head: Uint8Array): number | undefined {
  const mark = latin1(head).indexOf(macMark);
  if (mark >= 0) return head.length < mark + endBytes ? undefined : mark + endBytes;
  return head.length < maxHeaderBytes ? undefined : maxHeaderBytes;
}

function readDamaged(head: Uint8Array, keys: EnvelopeKeys): OpenedHeader | undefined {
  if (isPassphraseKey(keys)) return undefined;
  const text = latin1(head);
  const stanzas = [...text.matchAll(stanzaText)];
  const lastStanza = stanzas.at(-1);
  if (lastStanza === undefined) return undefined;
  const mark = text.indexOf(macMark);
  // Where the mark itself is damaged, the MAC line still follows the last stanza.
  const macLine = mark < 0 ? lastStanza.index + lastStanza[0].length : mark;
  const headerBytes = macLine + endBytes;
  if (head.length < headerBytes) return undefined;
  for (const key of keys.map(x25519Key)) {
    for (const [, share = "", wrapped = ""] of stanzas) {
      const body = decodeBase64(wrapped);
      if (body === undefined || decodeBase64(share) === undefined) continue;
      const fileKey = openX25519Stanza({ arguments: ["X25519", share], body }, key);
      if (fileKey === undefined) continue;
      const nonce = head.subarray(headerBytes - nonceBytes, headerBytes);
      return { headerBytes, cipher: chunkCipher(payloadKey(fileKey, nonce)) };
    }
  }
  return undefined;
}

/**
 * Opens a header that may be damaged: one intact X25519 stanza for one of the identities, its place
 * and the nonce are enough, because a stanza and every chunk are authenticated by themselves.
 * @returns `damaged`: whether the header was anything but whole
 * @throws {E_FORMAT} {E_WRONG_KEY} {E_FIXITY} what a strict reader says, if nothing can be saved
 */
export function salvageHeader(
  head: Uint8Array,
  keys: EnvelopeKeys,
): { readonly opened: OpenedHeader; readonly damaged: boolean } {
  try {
    return { opened: openHeader(head, keys), damaged: false };
  } catch (error) {
    const opened = readDamaged(head, keys);
    if (opened === undefined) throw error;
    return { opened, damaged: true };
  }
}
