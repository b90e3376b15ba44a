import type { ColdstowError } from "@coldstow/contracts";
import { blockBytes, memberPadding } from "./blocks.ts";
import { DamageLog } from "./damage-log.ts";
import { tarFormatError } from "./format-error.ts";
import {
  hasUstarMagic,
  hasValidChecksum,
  isZeroBlock,
  parseHeaderBlock,
  type HeaderBlock,
} from "./header-block.ts";
import type { SparseLayout } from "./member.ts";
import { MemberMap, type MapResult } from "./member-map.ts";
import {
  MemberAssembly,
  isExtendedHeader,
  placeMember,
  type AssembledMember,
} from "./member-assembly.ts";
import type { ReadMember, TarSink } from "./read-member.ts";
import { SparseCursor } from "./sparse-cursor.ts";

export interface TarReaderOptions {
  /** After damage, look for the next valid header and go on there, instead of failing. */
  readonly resync?: boolean;
  /** Length of the tar where it is known: a member that reaches further is then refused at once. */
  readonly totalBytes?: number;
}

type State = "header" | "extended" | "map" | "data" | "padding" | "ended";

/**
 * Reads a tar in whatever slices it comes: ustar and v7, POSIX pax with global headers, GNU long
 * names, base-256 numbers and all of GNU's sparse formats (docs/formats/pack.md, "Reading").
 * Feed it, then call {@link TarReader.finish}. Memory: one extended header (1 MiB at most) and one sparse map.
 *
 * With `resync` it reports what it skips and never fails; it finds headers on multiples of 512 bytes
 * by magic and checksum, so headers of a tar within a damaged tar may be taken for its own: compare
 * with the manifest.
 */
export class TarReader {
  readonly #sink: TarSink;
  readonly #resync: boolean;
  readonly #totalBytes: number;
  readonly #assembly: MemberAssembly = new MemberAssembly();
  readonly #damage: DamageLog = new DamageLog();
  readonly #block: Uint8Array = new Uint8Array(blockBytes);
  #blockFill = 0;
  #state: State = "header";
  #failure: ColdstowError | undefined;
  /** Offset in the tar of the next byte to be looked at. */
  #position = 0;
  /** Where the first header block of the coming member lies. */
  #chainStart = 0;
  #extended: Uint8Array = new Uint8Array(0);
  #extendedFill = 0;
  #extendedType = "";
  #assembled: AssembledMember | undefined;
  #map: MemberMap | undefined;
  #member: ReadMember | undefined;
  #cursor: SparseCursor | undefined;
  #fileOffset = 0;
  /** Bytes of the member's data, or of padding, still to come. */
  #remaining = 0;
  #zeroBlocks = 0;

  constructor(sink: TarSink, options: TarReaderOptions = {}) {
    this.#sink = sink;
    this.#resync = options.resync ?? false;
    this.#totalBytes = options.totalBytes ?? Number.MAX_SAFE_INTEGER;
  }

  /** Offset in the tar up to which everything was taken. */
  get position(): number {
    return this.#position;
  }

  /**
   * Takes the next bytes of the tar.
   *
   * @throws {E_FORMAT} at the first thing that is wrong, unless `resync` is set
   */
  feed(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    for (let at = 0; at < chunk.length;) {
      const left = chunk.length - at;
      let taken: number;
      if (this.#state === "data") taken = this.#feedData(chunk, at, left);
      else if (this.#state === "padding") taken = this.#feedPadding(left);
      else if (this.#state === "extended") taken = this.#feedExtended(chunk, at, left);
      else if (this.#state === "ended") return;
      else if (this.#blockFill === 0 && left >= blockBytes) {
        taken = blockBytes;
        this.#takeBlock(chunk.subarray(at, at + blockBytes));
      } else {
        taken = Math.min(blockBytes - this.#blockFill, left);
        this.#block.set(chunk.subarray(at, at + taken), this.#blockFill);
        this.#blockFill += taken;
        if (this.#blockFill === blockBytes) {
          this.#blockFill = 0;
          this.#takeBlock(this.#block);
        }
      }
      at += taken;
    }
  }

  /**
   * Says that no more bytes come. A tar that lacks only its end blocks ends with `marked: false`.
   *
   * @throws {E_FORMAT} when the tar ends within a member or a header, unless `resync` is set
   */
  finish(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === "ended") return;
    if (this.#state === "data" && this.#member !== undefined) {
      if (!this.#resync) throw this.#fail("it ends within the data of a member", this.#position);
      this.#sink.memberEnd(this.#member, this.#remaining);
    } else if (this.#state !== "padding") {
      const whole = this.#state === "header" && this.#blockFill === 0 && !this.#assembly.isPending;
      if (!whole) this.#endWithinHeader();
    }
    this.#end();
  }

  #endWithinHeader(): void {
    const start =
      this.#assembly.isPending || this.#state !== "header" ? this.#chainStart : this.#position;
    this.#damaged("it ends within a header", start);
    // A few bytes behind the end blocks of a damaged tar are no more than that.
    if (this.#zeroBlocks === 0) this.#position += this.#blockFill;
  }

  #end(): void {
    const offset = this.#position - this.#zeroBlocks * blockBytes;
    this.#damage.close(offset, this.#sink);
    this.#state = "ended";
    this.#sink.end({ offset, marked: this.#zeroBlocks >= 2 });
  }

  #fail(what: string, offset: number): ColdstowError {
    this.#failure = tarFormatError(offset, what);
    return this.#failure;
  }

  /** Fails, or notes that everything from `from` on is lost until a header is found. */
  #damaged(what: string, from: number): void {
    if (!this.#resync) throw this.#fail(what, from);
    this.#damage.open(from, what);
    this.#assembly.reset();
    this.#state = "header";
  }

  #takeBlock(block: Uint8Array): void {
    const start = this.#position;
    this.#position += blockBytes;
    if (this.#state === "header") this.#takeHeader(block, start);
    else if (this.#assembled !== undefined && this.#map !== undefined) {
      this.#takeMapResult(this.#assembled, this.#map, this.#map.push(block));
    }
  }

  #takeHeader(block: Uint8Array, start: number): void {
    if (!this.#assembly.isPending) this.#chainStart = start;
    if (block[0] === 0 && isZeroBlock(block)) {
      if (this.#assembly.isPending)
        this.#damaged("zeros follow an extended header", this.#chainStart);
      this.#zeroBlocks += 1;
      if (!this.#resync && this.#zeroBlocks === 2) this.#end();
      return;
    }
    const zeros = this.#zeroBlocks;
    const header = this.#readHeader(block);
    if (zeros > 0) this.#damaged("zeros stand where a header should", start - zeros * blockBytes);
    this.#zeroBlocks = 0;
    if (typeof header === "string") this.#damaged(header, this.#chainStart);
    else if (isExtendedHeader(header.typeFlag)) this.#beginExtended(header);
    else this.#beginMember(header, block);
  }

  #readHeader(block: Uint8Array): HeaderBlock | string {
    if (this.#resync && !hasUstarMagic(block)) return "there is no header where one should be";
    if (!hasValidChecksum(block)) return "a header has a wrong checksum";
    return parseHeaderBlock(block);
  }

  #beginExtended(header: HeaderBlock): void {
    const problem =
      this.#assembly.extendedProblem(header) ?? this.#pastEnd(this.#position, header.sizeBytes);
    if (problem !== undefined) {
      this.#damaged(problem, this.#chainStart);
      return;
    }
    this.#extended = new Uint8Array(header.sizeBytes + memberPadding(header.sizeBytes));
    this.#extendedFill = 0;
    this.#extendedType = header.typeFlag;
    this.#remaining = header.sizeBytes;
    this.#state = "extended";
    if (header.sizeBytes === 0) this.#endExtended();
  }

  #feedExtended(chunk: Uint8Array, at: number, left: number): number {
    const taken = Math.min(this.#extended.length - this.#extendedFill, left);
    this.#extended.set(chunk.subarray(at, at + taken), this.#extendedFill);
    this.#extendedFill += taken;
    this.#position += taken;
    if (this.#extendedFill === this.#extended.length) this.#endExtended();
    return taken;
  }

  #endExtended(): void {
    this.#state = "header";
    const records = this.#extended.subarray(0, this.#remaining);
    const problem = this.#assembly.takeExtended(this.#extendedType, records);
    if (problem !== undefined) this.#damaged(problem, this.#chainStart);
  }

  #pastEnd(offset: number, sizeBytes: number): string | undefined {
    return offset + sizeBytes > this.#totalBytes ? "a member reaches behind its end" : undefined;
  }

  #beginMember(header: HeaderBlock, block: Uint8Array): void {
    const assembled = this.#assembly.assemble(header, this.#chainStart);
    if (typeof assembled === "string") {
      this.#damaged(assembled, this.#chainStart);
      return;
    }
    const problem = this.#pastEnd(this.#position, assembled.fields.storedBytes);
    if (problem !== undefined) this.#damaged(problem, this.#chainStart);
    else if (assembled.sparse === "none") this.#startData(assembled, undefined, 0);
    else {
      this.#assembled = assembled;
      this.#map = new MemberMap(assembled);
      this.#state = "map";
      this.#takeMapResult(assembled, this.#map, this.#map.begin(block));
    }
  }

  #takeMapResult(assembled: AssembledMember, map: MemberMap, result: MapResult): void {
    if (result === "more") return;
    if ("problem" in result) this.#damaged(result.problem, this.#chainStart);
    else this.#startData(assembled, result.sparse, map.mapBytes);
    this.#assembled = undefined;
    this.#map = undefined;
  }

  #startData(assembled: AssembledMember, sparse: SparseLayout | undefined, mapBytes: number): void {
    const afterDamage = this.#damage.isOpen;
    this.#damage.close(this.#chainStart, this.#sink);
    const member = placeMember(assembled, this.#position - mapBytes, sparse, afterDamage);
    this.#member = member;
    this.#cursor = sparse === undefined ? undefined : new SparseCursor(sparse);
    this.#fileOffset = 0;
    this.#remaining = member.storedBytes - mapBytes;
    this.#state = "data";
    this.#sink.memberStart(member);
    if (this.#remaining === 0) this.#endData(member);
  }

  #feedData(chunk: Uint8Array, at: number, left: number): number {
    const member = this.#member;
    if (member === undefined) return left;
    let taken = Math.min(this.#remaining, left);
    let fileOffset = this.#fileOffset;
    if (this.#cursor !== undefined) {
      taken = Math.min(taken, this.#cursor.available);
      fileOffset = this.#cursor.take(taken);
    }
    this.#fileOffset += taken;
    this.#position += taken;
    this.#remaining -= taken;
    this.#sink.data(chunk.subarray(at, at + taken), fileOffset, member);
    if (this.#remaining === 0) this.#endData(member);
    return taken;
  }

  #endData(member: ReadMember): void {
    this.#member = undefined;
    this.#remaining = memberPadding(member.storedBytes);
    this.#state = this.#remaining === 0 ? "header" : "padding";
    this.#sink.memberEnd(member, 0);
  }

  #feedPadding(left: number): number {
    const taken = Math.min(this.#remaining, left);
    this.#remaining -= taken;
    this.#position += taken;
    if (this.#remaining === 0) this.#state = "header";
    return taken;
  }
}
