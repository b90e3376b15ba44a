import { ColdstowError } from "@coldstow/contracts";
import { recipientOf, unwrapIdentity } from "@coldstow/crypto";
import { isIdentityFile, readSmallObject, type RecoverySource } from "./source-object.ts";

/** What opens the packs: identities (a recovery key is one), or the passphrase of `identity.age`. */
export type RecoveryKeys =
  | { readonly identities: readonly string[] }
  | {
      readonly passphrase: string;
      /** The bytes of `identity.age`; default: the one that lies beside the packs. */
      readonly identityFile?: Uint8Array;
    };

export interface OpenedKeys {
  readonly identities: readonly string[];
  /** The wrapped identity that lies beside the packs, for a rebuilt catalogue. */
  readonly identityFile: Uint8Array | undefined;
  /** The recipient of the wrapped identity, where the passphrase opened it. */
  readonly archiveRecipient: string | undefined;
}

/**
 * Finds the identities that keys stand for. A passphrase is tried on every `identity.age` of the
 * source, because a person may have collected the folders of several destinations in one.
 * @throws {E_NOT_FOUND} if a passphrase was given and there is no `identity.age`
 * @throws {E_WRONG_KEY} if the passphrase opens none
 */
export async function openKeys(
  source: RecoverySource,
  keys: RecoveryKeys | undefined,
): Promise<OpenedKeys> {
  const found = await identityFiles(source);
  if (keys === undefined || "identities" in keys) {
    const [identityFile] = found;
    return { identities: keys?.identities ?? [], identityFile, archiveRecipient: undefined };
  }
  const candidates = keys.identityFile === undefined ? found : [keys.identityFile];
  let failure: unknown = new ColdstowError(
    "E_NOT_FOUND",
    `There is no identity.age in ${source.title}, and the passphrase opens nothing else. Nothing was written.`,
    { hint: "Fetch identity.age from any copy of the archive, or use the paper key." },
  );
  for (const identityFile of candidates) {
    try {
      const secret = unwrapIdentity(identityFile, keys.passphrase);
      return { identities: [secret], identityFile, archiveRecipient: recipientOf(secret) };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

const mostIdentityFiles = 16;

async function identityFiles(source: RecoverySource): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  for await (const object of source.list()) {
    if (!isIdentityFile(object.name) || object.sizeBytes > 1 << 16) continue;
    const bytes = Buffer.from(await readSmallObject(object));
    // Each costs a run of scrypt.
    if (files.length < mostIdentityFiles && !files.some((one) => bytes.equals(one))) {
      files.push(bytes);
    }
  }
  return files;
}
