import { createSecretKey, type KeyObject, randomBytes, scryptSync } from "node:crypto";
import { ColdstowError } from "@coldstow/contracts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { unwrapFileKey, wrapFileKey, wrappedFileKeyBytes } from "./file-key-wrap.ts";
import { formatError } from "./format-error.ts";
import type { Stanza } from "./header.ts";

/** log2 of scrypt's N when a file is written: about half a second and 256 MiB. */
export const defaultWorkFactor = 18;

/** The highest log2 of N that is computed when a file is read: about 10 seconds and 4 GiB. */
export const defaultMaxWorkFactor = 22;

const saltBytes = 16;

function scryptKey(passphrase: string, salt: Uint8Array, workFactor: number): KeyObject {
  const cost = 2 ** workFactor;
  const labelled = Buffer.concat([Buffer.from("age-encryption.org/v1/scrypt"), salt]);
  // Beside its table of 128·N·r bytes scrypt needs a few KiB.
  const maxmem = 128 * 8 * cost + 65_536;
  return createSecretKey(scryptSync(passphrase, labelled, 32, { cost, maxmem }));
}

/**
 * A stanza that wraps the file key with a passphrase. It must be alone in its header.
 * Source: c2sp.org/age "scrypt recipient stanza".
 * @param workFactor log2 of N, 1 to 30
 * @throws {E_USAGE} for an empty passphrase
 */
export function scryptStanza(fileKey: Uint8Array, passphrase: string, workFactor: number): Stanza {
  if (passphrase === "")
    throw new ColdstowError("E_USAGE", "The passphrase is empty: nothing was sealed.", {
      hint: "Choose a passphrase of several words.",
    });
  if (!Number.isInteger(workFactor) || workFactor < 1 || workFactor > 30)
    throw new ColdstowError("E_USAGE", "The work factor is not a whole number from 1 to 30.", {
      subject: String(workFactor),
      hint: "18 is the customary value.",
    });
  const salt = randomBytes(saltBytes);
  const body = wrapFileKey(scryptKey(passphrase, salt, workFactor), fileKey);
  return { arguments: ["scrypt", encodeBase64(salt), String(workFactor)], body };
}

/**
 * Checks the rules for scrypt stanzas that hold whatever key is at hand.
 * @throws {E_FORMAT} for one that is malformed or not alone
 */
export function checkScryptStanzas(stanzas: readonly Stanza[]): void {
  for (const stanza of stanzas) {
    if (stanza.arguments[0] !== "scrypt") continue;
    if (stanzas.length > 1)
      throw formatError("The age header mixes a passphrase with other recipients.");
    const [, salt = "", factor = "", ...others] = stanza.arguments;
    if (others.length > 0 || decodeBase64(salt)?.length !== saltBytes)
      throw formatError("The scrypt stanza of the age header has wrong arguments.");
    if (!/^[1-9][0-9]*$/.test(factor))
      throw formatError("The work factor in the age header is not a plain number.");
    if (stanza.body.length !== wrappedFileKeyBytes)
      throw formatError("The body of the scrypt stanza has a wrong length.");
  }
}

/**
 * The file key of a checked stanza, undefined if it is of another type or the passphrase is wrong.
 * @throws {E_FORMAT} if the work factor is above the limit
 */
export function openScryptStanza(
  stanza: Stanza,
  passphrase: string,
  maxWorkFactor: number,
): Uint8Array | undefined {
  const [type, salt = "", factor = ""] = stanza.arguments;
  const bytes = decodeBase64(salt);
  if (type !== "scrypt" || bytes === undefined) return undefined;
  const workFactor = Number(factor);
  if (workFactor > maxWorkFactor)
    throw formatError(
      `The file asks for a scrypt work factor of ${factor.slice(0, 20)}, above the limit of ${maxWorkFactor}: it was not tried.`,
      "If you trust the file, open it with stock age or raise the limit.",
    );
  return unwrapFileKey(scryptKey(passphrase, bytes, workFactor), stanza.body);
}
