import { ColdstowError } from "@coldstow/contracts";
import type { Stanza } from "./header.ts";
import { checkScryptStanzas, defaultMaxWorkFactor, openScryptStanza } from "./scrypt-recipient.ts";
import { openX25519Stanza, x25519Key, x25519Share } from "./x25519-recipient.ts";

/** A passphrase to open a file with. */
export interface PassphraseKey {
  readonly passphrase: string;
  /** The highest log2 of scrypt's N that is computed; default 22, which takes 4 GiB and 10 s. */
  readonly maxWorkFactor?: number;
}

/** What opens an envelope: secret identities (`AGE-SECRET-KEY-1…`), or a passphrase. */
export type EnvelopeKeys = readonly string[] | PassphraseKey;

export function isPassphraseKey(keys: EnvelopeKeys): keys is PassphraseKey {
  return !Array.isArray(keys);
}

function openWithAny(stanzas: readonly Stanza[], keys: EnvelopeKeys): Uint8Array | undefined {
  if (isPassphraseKey(keys)) {
    const [stanza] = stanzas;
    const limit = keys.maxWorkFactor ?? defaultMaxWorkFactor;
    return stanza === undefined ? undefined : openScryptStanza(stanza, keys.passphrase, limit);
  }
  for (const key of keys.map(x25519Key)) {
    for (const stanza of stanzas) {
      const fileKey = openX25519Stanza(stanza, key);
      if (fileKey !== undefined) return fileKey;
    }
  }
  return undefined;
}

function whyNot(stanzas: readonly Stanza[], keys: EnvelopeKeys): string {
  const sealedWithPassphrase = stanzas[0]?.arguments[0] === "scrypt";
  if (isPassphraseKey(keys))
    return sealedWithPassphrase
      ? "The passphrase is wrong: it does not open this file."
      : "This file is sealed to recipients, not with a passphrase: an identity is needed.";
  if (sealedWithPassphrase)
    return "This file is sealed with a passphrase: an identity does not open it.";
  return keys.length === 1
    ? "The identity is not among the recipients of this file."
    : `None of the ${keys.length} identities is among the recipients of this file.`;
}

/**
 * The file key that the header wraps.
 * Takes (identities × stanzas) key agreements, or one run of scrypt.
 * @throws {E_WRONG_KEY} if no identity fits or the passphrase is wrong
 * @throws {E_FORMAT} if a stanza breaks the rules of its type, or an identity is none
 */
export function fileKeyOf(stanzas: readonly Stanza[], keys: EnvelopeKeys): Uint8Array {
  checkScryptStanzas(stanzas);
  for (const stanza of stanzas) x25519Share(stanza);
  const fileKey = openWithAny(stanzas, keys);
  if (fileKey !== undefined) return fileKey;
  throw new ColdstowError("E_WRONG_KEY", whyNot(stanzas, keys));
}
