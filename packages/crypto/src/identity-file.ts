import { ColdstowError } from "@coldstow/contracts";
import { encodeIdentity, identityBytes, recipientOf } from "./identity.ts";

/**
 * Every identity of an identity file as `age -i` reads it: one a line, empty lines and lines that
 * begin with `#` are skipped. Each is returned in its canonical form, `AGE-SECRET-KEY-1…`.
 * @throws {E_FORMAT} if a line is something else (the line's number is named) or none is there
 */
export function parseIdentities(text: string): string[] {
  const identities: string[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    try {
      identities.push(encodeIdentity(identityBytes(line)));
    } catch (cause) {
      throw new ColdstowError("E_FORMAT", `Line ${index + 1} is not an age identity.`, {
        hint: "An identity is one line that begins with AGE-SECRET-KEY-1; a comment begins with #.",
        cause,
      });
    }
  }
  if (identities.length > 0) return identities;
  throw new ColdstowError("E_FORMAT", "There is no age identity in this text.", {
    hint: "An identity is one line that begins with AGE-SECRET-KEY-1.",
  });
}

/**
 * The one identity of an identity file.
 * @throws {E_FORMAT} if there is none, more than one, or a line that is no identity
 */
export function parseIdentity(text: string): string {
  const [identity, ...others] = parseIdentities(text);
  if (identity !== undefined && others.length === 0) return identity;
  throw new ColdstowError(
    "E_FORMAT",
    `There are ${others.length + 1} identities in this text; exactly one is expected.`,
    { hint: "Put the one that is meant into a file of its own." },
  );
}

/**
 * An identity file as age-keygen writes it: the recipient as a comment, then the identity.
 * @throws {E_FORMAT} if `secret` is no identity
 */
export function identityFile(secret: string): string {
  return `# public key: ${recipientOf(secret)}\n${encodeIdentity(identityBytes(secret))}\n`;
}
