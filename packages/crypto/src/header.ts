import { createHmac, timingSafeEqual } from "node:crypto";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { fixityError, formatError } from "./format-error.ts";
import { headerMacKey } from "./key-derivation.ts";

/** One recipient stanza: arguments, the first of which is the type, and the body's bytes. */
export interface Stanza {
  readonly arguments: readonly string[];
  readonly body: Uint8Array;
}

/** A header that follows the grammar. Its MAC is not yet checked. */
export interface ParsedHeader {
  readonly stanzas: readonly Stanza[];
  readonly mac: Uint8Array;
  /** The bytes under the MAC: everything up to and with `---`. */
  readonly signed: Uint8Array;
}

export const versionLine = "age-encryption.org/v1\n";
const columns = 64;
const base64Line = /^[A-Za-z0-9+/]*$/;
const argumentLine = /^-> [\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

function writeStanza(stanza: Stanza): string {
  const text = encodeBase64(stanza.body);
  // A body whose text fills its last line is followed by an empty one.
  const lines = Array.from({ length: Math.floor(text.length / columns) + 1 }, (_, line) =>
    text.slice(line * columns, (line + 1) * columns),
  );
  return `-> ${stanza.arguments.join(" ")}\n${lines.join("\n")}\n`;
}

function headerMac(fileKey: Uint8Array, signed: Uint8Array): Uint8Array {
  return createHmac("sha256", headerMacKey(fileKey)).update(signed).digest();
}

/** The header of a file, from the version line to the end of the MAC line. Source: c2sp.org/age "Header". */
export function writeHeader(stanzas: readonly Stanza[], fileKey: Uint8Array): Uint8Array {
  const signed = Buffer.from(`${versionLine}${stanzas.map(writeStanza).join("")}---`, "latin1");
  const mac = ` ${encodeBase64(headerMac(fileKey, signed))}\n`;
  return Buffer.concat([signed, Buffer.from(mac, "latin1")]);
}

function parseStanza(lines: readonly string[], first: number): { stanza: Stanza; next: number } {
  const head = lines[first] ?? "";
  if (!argumentLine.test(head))
    throw formatError(`Line ${first + 1} of the age header is not the start of a stanza.`);
  let text = "";
  for (let at = first + 1; ; at += 1) {
    const line = lines[at];
    if (line === undefined || line.length > columns || !base64Line.test(line))
      throw formatError(`Line ${at + 1} of the age header is not a line of a stanza's body.`);
    text += line;
    if (line.length === columns) continue;
    const body = decodeBase64(text);
    if (body === undefined)
      throw formatError(`The stanza that ends in line ${at + 1} is not canonical base64.`);
    return { stanza: { arguments: head.slice(3).split(" "), body }, next: at + 1 };
  }
}

/**
 * Reads a header strictly by the grammar of c2sp.org/age "ABNF definition of file header".
 * @param bytes from the version line to the line feed that ends the MAC line
 * @throws {E_FORMAT} at the first line that breaks the grammar
 */
export function parseHeader(bytes: Uint8Array): ParsedHeader {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  if (!text.startsWith(versionLine)) throw formatError("The first line is not that of age v1.");
  if (!text.endsWith("\n")) throw formatError("The age header does not end with a whole line.");
  const lines = text.slice(0, -1).split("\n");
  const stanzas: Stanza[] = [];
  let at = 1;
  while (at < lines.length - 1) {
    const { stanza, next } = parseStanza(lines, at);
    stanzas.push(stanza);
    at = next;
  }
  const end = lines[at] ?? "";
  const mac = end.startsWith("--- ") && end.length === 47 ? decodeBase64(end.slice(4)) : undefined;
  if (at !== lines.length - 1 || mac?.length !== 32)
    throw formatError("The last line of the age header is not a MAC.");
  if (stanzas.length === 0) throw formatError("The age header names no recipient.");
  return { stanzas, mac, signed: bytes.subarray(0, bytes.length - end.length - 1 + 3) };
}

/**
 * Checks the header's MAC. Source: c2sp.org/age "Header MAC".
 * @throws {E_FIXITY} if the header was changed
 */
export function checkHeaderMac(header: ParsedHeader, fileKey: Uint8Array): void {
  if (!timingSafeEqual(headerMac(fileKey, header.signed), header.mac))
    throw fixityError(
      "The age header was changed after it was written: its MAC does not fit. Nothing was read.",
    );
}
