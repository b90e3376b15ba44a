import { createHash, hash, type Hash } from "node:crypto";
import { ColdstowError, displayPath } from "@coldstow/contracts";
import {
  ManifestReader,
  manifestPath,
  reservedFolder,
  type ManifestLine,
} from "../manifest/index.ts";
import type { ReadMember, TarSink } from "../tar/index.ts";
import type { PackOrigin, PackPlacements } from "./inspection.ts";

const zeros: Uint8Array = new Uint8Array(1 << 16);

interface SeenMember {
  readonly kind: ReadMember["kind"];
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Hex; undefined for what has no content, and for a sparse member that nothing refers to. */
  readonly sha256: string | undefined;
}

/**
 * Hashes the members of a pack while its tar is read, and compares them with the catalogue's
 * placements and with the manifest at the end (docs/formats/manifest.md, "Lines"). Memory grows with
 * the number of members, as the writer's does, not with their size.
 *
 * Hard-link members are left out: they hold no bytes, and a sliced one has no line of its own.
 */
export class MemberCheck implements TarSink {
  origin: PackOrigin | undefined;
  wrongMembers = 0;
  firstWrong: string | undefined;
  readonly #placements: PackPlacements;
  readonly #members: SeenMember[] = [];
  readonly #manifest = new ManifestReader({
    header: (header) => {
      this.origin = { archive: header.archive, run: header.run, number: header.pack };
    },
    line: (line) => this.#takeLine(line),
  });
  #inManifest = false;
  #manifestEnded = false;
  #placed = 0;
  #compared = 0;
  #hash: Hash | undefined;
  #hashedTo = 0;
  #sha256: string | undefined;

  constructor(placements: PackPlacements) {
    this.#placements = placements;
  }

  memberStart(member: ReadMember): void {
    if (this.#manifestEnded) {
      throw new ColdstowError("E_FORMAT", "Another member stands behind the pack's manifest.");
    }
    this.#inManifest = member.path === manifestPath && member.kind === "file";
    this.#hash = undefined;
    this.#sha256 = undefined;
    this.#hashedTo = 0;
  }

  data(bytes: Uint8Array, fileOffset: number, member: ReadMember): void {
    if (this.#inManifest) this.#manifest.feed(bytes);
    else if (member.kind !== "file" || !this.#isWanted(member)) return;
    else if (bytes.length === member.sizeBytes) this.#sha256 = hash("sha256", bytes);
    else {
      this.#hash ??= createHash("sha256");
      this.#zerosUpTo(fileOffset);
      this.#hash.update(bytes);
      this.#hashedTo += bytes.length;
    }
  }

  memberEnd(member: ReadMember): void {
    if (this.#inManifest) {
      this.#manifest.finish();
      this.#manifestEnded = true;
      return;
    }
    if (isReserved(member.path) || member.kind === "hardlink") return;
    const { kind, path, dataOffset: offset, sizeBytes } = member;
    const sha256 = kind === "file" && this.#isWanted(member) ? this.#digest(sizeBytes) : undefined;
    this.#members.push({ kind, path, offset, sizeBytes, sha256 });
    if (kind === "file") this.#comparePlacement(member, sha256);
  }

  skipped(): void {
    // Only a reader that goes on after damage calls this.
  }

  end(): void {
    this.#missingBefore(Number.POSITIVE_INFINITY);
    if (!this.#manifestEnded) throw new ColdstowError("E_FORMAT", "The pack has no manifest.");
    const unlisted = this.#members.length - this.#compared;
    if (unlisted > 0) this.#wrong(`${unlisted} members have no line in the manifest`);
  }

  /** Holes cost no bytes, so those of a member that the catalogue does not know are not hashed. */
  #isWanted(member: ReadMember): boolean {
    if (member.sparse === undefined) return true;
    const { offsets, sizes } = this.#placements;
    let at = this.#placed;
    while ((offsets[at] ?? Number.POSITIVE_INFINITY) < member.dataOffset) at += 1;
    return offsets[at] === member.dataOffset && sizes[at] === member.sizeBytes;
  }

  #digest(sizeBytes: number): string {
    if (this.#sha256 !== undefined) return this.#sha256;
    this.#hash ??= createHash("sha256");
    this.#zerosUpTo(sizeBytes);
    return this.#hash.digest("hex");
  }

  #zerosUpTo(fileOffset: number): void {
    while (this.#hashedTo < fileOffset) {
      const count = Math.min(zeros.length, fileOffset - this.#hashedTo);
      this.#hash?.update(zeros.subarray(0, count));
      this.#hashedTo += count;
    }
  }

  #missingBefore(offset: number): void {
    const { offsets } = this.#placements;
    for (; (offsets[this.#placed] ?? Number.POSITIVE_INFINITY) < offset; this.#placed += 1) {
      this.#wrong(`no member lies at byte ${offsets[this.#placed]}, where the catalogue has one`);
    }
  }

  #comparePlacement(member: ReadMember, sha256: string | undefined): void {
    const { offsets, lengths, sizes, digests } = this.#placements;
    this.#missingBefore(member.dataOffset);
    const at = this.#placed;
    if (offsets[at] !== member.dataOffset) return;
    this.#placed += 1;
    const known = Buffer.from(digests.buffer, digests.byteOffset + at * 32, 32).toString("hex");
    const fits = lengths[at] === member.storedBytes && sizes[at] === member.sizeBytes;
    if (fits && known === sha256) return;
    this.#wrong(`${displayPath(member.path)} is not the content that the catalogue knows`);
  }

  #takeLine(line: ManifestLine): void {
    if (line.type !== "file" && line.type !== "symlink" && line.type !== "directory") return;
    const member = this.#members[this.#compared];
    this.#compared += 1;
    const fits =
      member !== undefined &&
      member.kind === line.type &&
      member.path === line.path &&
      (line.type !== "file" ||
        (member.offset === line.offset &&
          member.sizeBytes === line.sizeBytes &&
          (member.sha256 === undefined || member.sha256 === line.sha256)));
    if (!fits) this.#wrong(`${displayPath(line.path)} is not what the manifest says`);
  }

  #wrong(what: string): void {
    this.wrongMembers += 1;
    this.firstWrong ??= what;
  }
}

function isReserved(path: string): boolean {
  return path === reservedFolder || path.startsWith(`${reservedFolder}/`);
}
