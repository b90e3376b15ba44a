import { encodeMember, endOfArchive, memberPadding, type TarMember } from "../tar/index.ts";
import {
  encodeManifestHeader,
  encodeManifestLine,
  manifestPath,
  type ManifestLine,
} from "../manifest/index.ts";
import { PackOutput, type PackTarget, type WrittenPack } from "./pack-output.ts";

/** What the manifest's first line says. */
export interface PackIdentity {
  readonly archiveId: string;
  readonly run: number;
  readonly number: number;
}

const linesTogether = 250;

/**
 * Writes one pack: members, then the manifest as the last of them. Memory grows with the number of
 * members (their manifest lines), not with their size.
 */
export class PackWriter {
  readonly #output: PackOutput;
  /** The manifest so far, as bytes: strings would take three times the memory. */
  readonly #manifest: Buffer[] = [];
  #newLines: string[] = [];
  #lines = 0;
  #members = 0;

  constructor(target: PackTarget, identity: PackIdentity, created: Date) {
    this.#output = new PackOutput(target);
    this.#newLines.push(
      encodeManifestHeader({
        archive: identity.archiveId,
        run: identity.run,
        pack: identity.number,
        created: created.toISOString(),
      }),
    );
  }

  /** Members written so far, the manifest not counted. */
  get members(): number {
    return this.#members;
  }

  /** Lines of the manifest so far, its header not counted. */
  get lines(): number {
    return this.#lines;
  }

  /** Begins a member; `sizeBytes` of data and {@link endMember} must follow. @returns the data's offset */
  beginMember(member: TarMember): number {
    this.#output.write(encodeMember(member));
    this.#members += 1;
    return this.#output.tarBytes;
  }

  write(bytes: Uint8Array): void {
    this.#output.write(bytes);
  }

  writeZeros(count: number): void {
    this.#output.writeZeros(count);
  }

  readFrom: PackOutput["readFrom"] = (...parameters) => this.#output.readFrom(...parameters);

  endMember(sizeBytes: number): void {
    this.#output.writeZeros(memberPadding(sizeBytes));
  }

  addLine(line: ManifestLine): void {
    this.#newLines.push(encodeManifestLine(line));
    this.#lines += 1;
    if (this.#newLines.length >= linesTogether) this.#gatherLines();
  }

  /** Writes a whole small member that the manifest does not mention. */
  addPlain(path: string, ...pieces: readonly Uint8Array[]): void {
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.beginMember({
      path,
      kind: "file",
      sizeBytes,
      mode: 0o644,
      mtimeNs: 0n,
      uid: 0,
      gid: 0,
    });
    for (const piece of pieces) this.write(piece);
    this.endMember(sizeBytes);
  }

  finish(): WrittenPack {
    this.#gatherLines();
    this.addPlain(manifestPath, ...this.#manifest);
    this.#output.write(endOfArchive());
    return this.#output.finish();
  }

  abandon(): void {
    this.#output.abandon();
  }

  #gatherLines(): void {
    this.#manifest.push(Buffer.from(this.#newLines.join("")));
    this.#newLines = [];
  }
}
