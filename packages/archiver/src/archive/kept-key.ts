import { parseIdentities, readPaperKey, unwrapIdentity } from "@coldstow/crypto";

/** What a person has kept to open an archive with. */
export type KeptKey =
  /** An identity file, a recovery key file or a paper key. */
  | { readonly kind: "identities"; readonly identities: readonly string[] }
  /** An `identity.age`: the passphrase opens it. */
  | { readonly kind: "wrapped"; readonly bytes: Uint8Array };

const ageHeader = "age-encryption.org/v1\n";
const armor = "-----BEGIN AGE ENCRYPTED FILE-----";

/**
 * Reads what a person has kept: an age identity file, a recovery key file, a paper key as it was typed
 * in, or an `identity.age`.
 * @throws {E_FORMAT} if it is none of them, naming the lines of a paper key that are wrong
 */
export function readKeptKey(bytes: Uint8Array): KeptKey {
  const text = Buffer.from(bytes).toString("utf8");
  if (text.startsWith(ageHeader) || text.trimStart().startsWith(armor)) {
    return { kind: "wrapped", bytes };
  }
  try {
    return { kind: "identities", identities: parseIdentities(text) };
  } catch {
    return { kind: "identities", identities: [readPaperKey(text)] };
  }
}

/** The identities of a kept key; asks for the passphrase where it needs one. */
export async function openKeptKey(
  key: KeptKey,
  passphrase: () => Promise<string>,
): Promise<readonly string[]> {
  if (key.kind === "identities") return key.identities;
  return [unwrapIdentity(key.bytes, await passphrase())];
}
