import { formatError } from "./format-error.ts";
import { versionLine } from "./header.ts";

/** Bytes of the payload nonce, which follows the textual header. */
export const nonceBytes = 16;

/** A header longer than this is refused: room for about 600 X25519 recipients. */
export const maxHeaderBytes = 65_536;

/**
 * How many bytes lie before chunk 0: the textual header and the payload nonce. Undefined if `head`,
 * the first bytes of a binary age file, does not yet hold all of them: then give more bytes.
 * @throws {E_FORMAT} if this cannot become the head of an age v1 file, or its header is too long
 */
export function headerLength(head: Uint8Array): number | undefined {
  const buffer = Buffer.from(head.buffer, head.byteOffset, head.length);
  const known = Math.min(buffer.length, versionLine.length);
  if (buffer.toString("latin1", 0, known) !== versionLine.slice(0, known)) throw notAge(buffer);
  const mark = buffer.indexOf("\n---", versionLine.length - 1, "latin1");
  const lineEnd = mark < 0 ? -1 : buffer.indexOf(0x0a, mark + 1);
  if (lineEnd >= maxHeaderBytes || (lineEnd < 0 && buffer.length >= maxHeaderBytes))
    throw formatError(`The age header does not end within ${maxHeaderBytes} bytes.`);
  const length = lineEnd + 1 + nonceBytes;
  return lineEnd < 0 || buffer.length < length ? undefined : length;
}

function notAge(buffer: Buffer): Error {
  const start = buffer.toString("latin1", 0, 64);
  if (/^age-encryption\.org\/v(?!1\n)/.test(start) && start.includes("\n"))
    return formatError("This age file is of a version other than v1, the only one known here.");
  if (/^\s*-----BEGIN AGE/.test(start))
    return formatError(
      "This age file is armored: it can be read from start to end, but not at random.",
      "Take the armour off first: age -d FILE, or openStream.",
    );
  return formatError("This is not an age file: it does not begin with the version line of age v1.");
}
