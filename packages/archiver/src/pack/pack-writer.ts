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

/**
 * Writes one pack: members, then the manifest as the last of them. Memory grows with the number of
 * members (their manifest lines), not with their size.
 */
export class PackWriter {
  readonly #output: PackOutput;
  readonly #lines: string[] = [];
  #members = 0;

  constructor(target: PackTarget, identity: PackIdentity, created: Date) {
    this.#output = new PackOutput(target);
    this.#lines.push(
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
    return this.#lines.length - 1;
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
    this.#lines.push(encodeManifestLine(line));
  }

  /** Writes a whole small member that the manifest does not mention. */
  addPlain(path: string, bytes: Uint8Array): void {
    this.beginMember({
      path,
      kind: "file",
      sizeBytes: bytes.length,
      mode: 0o644,
      mtimeNs: 0n,
      uid: 0,
      gid: 0,
    });
    this.write(bytes);
    this.endMember(bytes.length);
  }

  finish(): WrittenPack {
    this.addPlain(manifestPath, Buffer.from(this.#lines.join("")));
    this.#output.write(endOfArchive());
    return this.#output.finish();
  }

  abandon(): void {
    this.#output.abandon();
  }
}
