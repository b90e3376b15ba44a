import { nameFromBytes } from "@coldstow/contracts";
import { pyFormatError } from "./py-format-error.ts";

const longestString = 1 << 20;
const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Walks over JSON in bytes without building it: what is not asked for is skipped. Names that are not
 * UTF-8 come as surrogate escapes. Nesting costs no memory; a string has 1 MiB at most.
 * Every method throws `E_FORMAT` at what is no JSON.
 */
export class JsonReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, offset: number = 0) {
    this.#bytes = bytes;
    this.#at = offset;
  }

  /** Where the next byte lies. */
  get offset(): number {
    return this.#at;
  }

  /** The next character that is no white space, as a byte; -1 at the end. It is not taken. */
  next(): number {
    for (; this.#at < this.#bytes.length; this.#at += 1) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
    }
    return -1;
  }

  /** The keys of an object. Whoever takes one must take or skip its value before asking for the next. */
  *keys(): Generator<string, void, undefined> {
    this.#take(openBrace);
    if (this.next() === closeBrace) return this.#take(closeBrace);
    for (;;) {
      const key = this.string();
      this.#take(colon);
      yield key;
      if (this.next() !== comma) return this.#take(closeBrace);
      this.#take(comma);
    }
  }

  string(): string {
    if (this.next() !== quote) throw this.#wrong("a string should stand there");
    const start = this.#at + 1;
    const escaped = this.#passString();
    const text = nameFromBytes(this.#bytes.subarray(start, this.#at - 1));
    if (!escaped) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      throw this.#wrong("a string has an escape that JSON does not know");
    }
  }

  /** A string, or another scalar as its text. */
  scalar(): string {
    const first = this.next();
    if (first === quote) return this.string();
    if (first === openBrace || first === openBracket) throw this.#wrong("a scalar should be there");
    return this.#word();
  }

  /** Passes one value of any kind. */
  skip(): void {
    let depth = 0;
    do {
      const byte = this.next();
      if (byte === quote) this.#passString();
      else if (byte === openBrace || byte === openBracket) depth += this.#step();
      else if (byte === closeBrace || byte === closeBracket) depth -= this.#step();
      else if (depth > 0 && (byte === comma || byte === colon)) this.#step();
      else this.#word();
      if (depth < 0) throw this.#wrong("a bracket closes what was not opened");
    } while (depth > 0);
  }

  #step(): number {
    this.#at += 1;
    return 1;
  }

  #take(byte: number): void {
    if (this.next() !== byte) throw this.#wrong(`"${String.fromCharCode(byte)}" is missing`);
    this.#at += 1;
  }

  #word(): string {
    const start = this.#at;
    while (/[\w.+-]/.test(String.fromCharCode(this.#bytes[this.#at] ?? 0))) this.#at += 1;
    if (this.#at === start || this.#at - start > 64) throw this.#wrong("a value is missing");
    return nameFromBytes(this.#bytes.subarray(start, this.#at));
  }

  /** Moves behind the closing quote. True if there was an escape on the way. */
  #passString(): boolean {
    const end = Math.min(this.#bytes.length, this.#at + longestString);
    let escaped = false;
    for (let at = this.#at + 1; at < end; at += 1) {
      const byte = this.#bytes[at];
      if (byte === backslash) {
        escaped = true;
        at += 1;
      } else if (byte === quote) {
        this.#at = at + 1;
        return escaped;
      }
    }
    throw this.#wrong("a string does not end");
  }

  #wrong(what: string): Error {
    return pyFormatError(`its state is no JSON at byte ${this.#at}: ${what}`);
  }
}
