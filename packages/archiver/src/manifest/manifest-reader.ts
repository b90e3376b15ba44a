import { ColdstowError } from "@coldstow/contracts";
import { FieldProblem, JsonFields } from "./json-fields.ts";
import { maxManifestLineBytes, type ManifestHeader, type ManifestLine } from "./manifest-line.ts";
import { manifestVersion, parseHeader, parseLine } from "./parse-line.ts";

/** What a {@link ManifestReader} calls while it is fed. */
export interface ManifestSink {
  header(header: ManifestHeader): void;
  line(line: ManifestLine): void;
  /** With this method a damaged line is reported and skipped; without it reading fails there. */
  damaged?(lineNumber: number, error: ColdstowError): void;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const supportedVersion = 1;

/**
 * Reads a manifest strictly, in whatever slices it comes (docs/formats/manifest.md). Unknown keys are
 * passed over; lines of an unknown type too when they are marked optional. Memory: one line, 1 MiB at most.
 */
export class ManifestReader {
  readonly #sink: ManifestSink;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #lineNumber = 0;

  constructor(sink: ManifestSink) {
    this.#sink = sink;
  }

  /**
   * Takes the next bytes of the manifest.
   *
   * @throws {E_FORMAT} at a line that is not one
   * @throws {E_NEWER_FORMAT} when a newer coldstow wrote it
   */
  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const feedAt = chunk.indexOf(0x0a, at);
      const end = feedAt < 0 ? chunk.length : feedAt;
      this.#keep(chunk.subarray(at, end));
      if (feedAt >= 0) this.#endLine();
      at = end + 1;
    }
  }

  /**
   * Says that no more bytes come.
   *
   * @throws {E_FORMAT} when the last line is cut off or there is no line at all
   */
  finish(): void {
    const cut = this.#pendingBytes > 0;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (!cut && this.#lineNumber > 0) return;
    this.#lineNumber += 1;
    this.#report(this.#error(cut ? "it is cut off" : "there is no line"));
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pendingBytes += bytes.length;
    // A line that is too long is only counted on, so that no memory is spent on it.
    if (this.#pendingBytes < maxManifestLineBytes) this.#pending.push(bytes.slice());
    else this.#pending = [];
  }

  #endLine(): void {
    const bytes = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    const tooLong = this.#pendingBytes >= maxManifestLineBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#lineNumber += 1;
    if (tooLong) this.#report(this.#error(`it is longer than ${maxManifestLineBytes} bytes`));
    else this.#takeLine(bytes ?? new Uint8Array(0));
  }

  #takeLine(bytes: Uint8Array): void {
    let line: ManifestHeader | ManifestLine | undefined;
    try {
      line = this.#parse(bytes);
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error;
      this.#report(this.#error(error.what));
      return;
    }
    if (line === undefined) return;
    if ("type" in line) this.#sink.line(line);
    else this.#sink.header(line);
  }

  #parse(bytes: Uint8Array): ManifestHeader | ManifestLine | undefined {
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(bytes));
    } catch {
      throw new FieldProblem("it is not JSON in UTF-8");
    }
    const fields = new JsonFields(value, "it");
    if (this.#lineNumber > 1) return parseLine(fields);
    const version = manifestVersion(fields);
    if (version === supportedVersion) return parseHeader(fields);
    throw new ColdstowError(
      "E_NEWER_FORMAT",
      `The pack's manifest has version ${version}; this coldstow reads version ${supportedVersion}. Nothing was read from it.`,
    );
  }

  #error(what: string): ColdstowError {
    return new ColdstowError(
      "E_FORMAT",
      `Line ${this.#lineNumber} of the pack's manifest cannot be read: ${what}. The lines before it are whole.`,
      { hint: "Repair the pack from another copy, or rebuild with coldstow recover." },
    );
  }

  #report(error: ColdstowError): void {
    if (this.#sink.damaged === undefined) throw error;
    this.#sink.damaged(this.#lineNumber, error);
  }
}
