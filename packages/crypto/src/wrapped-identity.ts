import { ColdstowError } from "@coldstow/contracts";
import { identityFile, parseIdentity } from "./identity-file.ts";
import { openBytes } from "./open-stream.ts";
import { sealBytes } from "./seal-stream.ts";

/** How hard it is to guess the passphrase of a wrapped identity. */
export interface WrapOptions {
  /** log2 of scrypt's N, 1 to 30; default 18. */
  readonly workFactor?: number;
}

/**
 * The `identity.age` of an archive: a binary age file, sealed with a passphrase, that holds an
 * identity file. `age -d` opens it, and `age -d -i identity.age` takes it as it is.
 * Source: docs/formats/envelope.md §4. Takes half a second and 256 MiB at the default work factor.
 * @throws {E_FORMAT} if `secret` is no identity
 * @throws {E_USAGE} if the passphrase is empty
 */
export function wrapIdentity(
  secret: string,
  passphrase: string,
  options: WrapOptions = {},
): Uint8Array {
  return sealBytes(Buffer.from(identityFile(secret)), { ...options, passphrase });
}

/**
 * The secret identity in a wrapped identity, binary or armored, in its canonical form.
 * @throws {E_WRONG_KEY} if the passphrase is wrong
 * @throws {E_FORMAT} if it is no age file sealed with a passphrase, or holds other than one identity
 * @throws {E_FIXITY} if it was changed
 */
export function unwrapIdentity(bytes: Uint8Array, passphrase: string): string {
  const text = Buffer.from(openBytes(bytes, { passphrase })).toString("utf8");
  try {
    return parseIdentity(text);
  } catch (cause) {
    throw new ColdstowError(
      "E_FORMAT",
      "The passphrase is right, but what it opens is not one age identity.",
      { hint: "Choose the file that was made as identity.age.", cause },
    );
  }
}
