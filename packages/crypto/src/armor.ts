import { formatError } from "./format-error.ts";

const beginLine = "-----BEGIN AGE ENCRYPTED FILE-----";
const endLine = "-----END AGE ENCRYPTED FILE-----";
const columns = 64;
const nothing = new Uint8Array(0);
const maxLineBytes = 1024;
const base64Line = /^[A-Za-z0-9+/]+={0,2}$/;
const hint = "Armored files must be copied character for character; fetch the file again.";

/** Takes the armour off a file, piece by piece. */
export interface Dearmorer {
  /** The binary bytes that this piece completes; often none. */
  push(piece: Uint8Array): Uint8Array;
  /** @throws {E_FORMAT} if the armour has not ended */
  finish(): void;
}

/** True if a file that begins with this byte is armored, if it is an age file at all. */
export function looksArmored(firstByte: number): boolean {
  return firstByte === 0x2d || firstByte <= 0x20;
}

function wrong(line: number, what: string): Error {
  return formatError(`Line ${line} of the armored age file ${what}.`, hint);
}

/** One whole line of 64 columns or the last, shorter one; canonical. */
function decodeLine(line: string, number: number): Buffer {
  const bytes = Buffer.from(line, "base64");
  if (line.length > columns || !base64Line.test(line) || bytes.toString("base64") !== line)
    throw wrong(number, "is not canonical base64 of up to 64 columns");
  return bytes;
}

/**
 * A strict reader of ASCII armour. LF and CRLF end lines; whitespace is allowed only before and after
 * the armour. Source: c2sp.org/age "ASCII armor", RFC 7468 §3 figure 3. Memory: one line.
 * Its methods throw {E_FORMAT} with the line's number.
 */
export function createDearmorer(): Dearmorer {
  let state: "before" | "body" | "last" | "after" = "before";
  let unfinished = "";
  let number = 0;

  const takeLine = (raw: string): Uint8Array => {
    number += 1;
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (state === "before") {
      if (line === beginLine) state = "body";
      else if (line.trim() !== "") throw wrong(number, `is not ${beginLine}`);
    } else if (state === "after") {
      if (line.trim() !== "") throw wrong(number, "follows the end of the armour");
    } else if (line === endLine) {
      state = "after";
    } else {
      if (state === "last") throw wrong(number, "follows a line shorter than 64 columns");
      if (line.length < columns || line.endsWith("=")) state = "last";
      return decodeLine(line, number);
    }
    return nothing;
  };

  return {
    push(piece) {
      const text =
        unfinished + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString("latin1");
      const lines = text.split("\n");
      unfinished = lines.pop() ?? "";
      const decoded = lines.map(takeLine);
      if (unfinished.length > maxLineBytes)
        throw wrong(number + 1, `is longer than ${maxLineBytes} bytes`);
      return Buffer.concat(decoded);
    },
    finish() {
      if (unfinished !== "") takeLine(unfinished);
      if (state !== "after") throw wrong(number, `is the last one, but ${endLine} is missing`);
    },
  };
}
