import { createHash } from "node:crypto";
import type { KnownSlice, PackedMember } from "@coldstow/catalogue/journal";
import { partPath } from "../manifest/index.ts";
import { memberBytes } from "../plan/planner.ts";
import { hex, memberLine } from "./member-line.ts";
import {
  beginFile,
  copyRange,
  layoutOf,
  storedBytes,
  type CountBytes,
  type MemberInProgress,
} from "./pack-files.ts";
import type { FinishedPack, FinishedSlices, PackOrder, SlicesJob } from "./pack-job.ts";
import { PackWriter } from "./pack-writer.ts";
import { smallFileBytes } from "./read-content.ts";
import { SourceFile, SourceProblem } from "./source-file.ts";

export interface SliceEvents {
  /** Asks for a pack that has room for so many bytes. */
  readonly needOrder: (bytes: number) => Promise<PackOrder>;
  readonly packDone: (pack: FinishedPack) => void;
  readonly count: CountBytes;
}

interface OpenPack {
  readonly order: PackOrder;
  readonly writer: PackWriter;
  readonly members: PackedMember[];
  storedBytes: number;
}

/**
 * Stores a file that is larger than a pack as slices, in one pass; slices that an earlier run stored
 * are only hashed. Slices that are mostly holes share a pack.
 * @throws {SourceProblem} if the file cannot be read to its end; the slices stored so far are kept
 */
export async function packSlices(job: SlicesJob, events: SliceEvents): Promise<FinishedSlices> {
  const source = SourceFile.open(job.root, job.file.path);
  try {
    return await new SliceRun(job, events, source).run();
  } finally {
    source.close();
  }
}

class SliceRun {
  readonly #job: SlicesJob;
  readonly #events: SliceEvents;
  readonly #source: SourceFile;
  readonly #whole = createHash("sha256");
  readonly #slices: { readonly sha256: Uint8Array; readonly wasOf?: number }[] = [];
  #pack: OpenPack | undefined;

  constructor(job: SlicesJob, events: SliceEvents, source: SourceFile) {
    this.#job = job;
    this.#events = events;
    this.#source = source;
  }

  async run(): Promise<FinishedSlices> {
    const { sliceBytes } = this.#job;
    const { sizeBytes } = this.#source;
    if (sizeBytes <= sliceBytes) {
      throw new SourceProblem(
        "changed-while-read",
        "It became much shorter; it is read next time.",
      );
    }
    const before = this.#source.stat();
    const of = Math.ceil(sizeBytes / sliceBytes);
    try {
      for (let n = 0; n < of; n += 1) {
        const start = n * sliceBytes;
        const end = Math.min(sizeBytes, start + sliceBytes);
        const known = this.#knownAs(n, start, end);
        if (known === undefined) await this.#store(n, of, start, end, before);
        else this.#skip(known, start, end);
      }
    } catch (error) {
      this.#abandon();
      throw error;
    }
    this.#closePack();
    const stat = this.#source.stat();
    return { seq: this.#job.file.seq, sha256: this.#whole.digest(), stat, slices: this.#slices };
  }

  /** This very slice as an earlier run stored it; undefined if none did. */
  #knownAs(n: number, start: number, end: number): KnownSlice | undefined {
    const known = this.#job.known.filter((slice) => slice.n === n);
    if (known.length === 0) return undefined;
    const hash = createHash("sha256");
    this.#read(start, end, (bytes) => hash.update(bytes));
    const digest = hash.digest();
    return known.find((slice) => digest.equals(slice.sha256));
  }

  #skip(known: KnownSlice, start: number, end: number): void {
    const digest = createHash("sha256");
    this.#read(start, end, (bytes) => {
      this.#whole.update(bytes);
      digest.update(bytes);
      this.#events.count(bytes.length);
    });
    if (!digest.digest().equals(known.sha256)) {
      throw new SourceProblem("changed-while-read", "It changed while it was read.");
    }
    this.#slices.push({ sha256: known.sha256, wasOf: known.of });
  }

  #read(start: number, end: number, take: (bytes: Uint8Array) => void): void {
    for (let at = start; at < end;) {
      const bytes = this.#source.read(at, Math.min(smallFileBytes, end - at));
      if (bytes.length === 0) {
        throw new SourceProblem("changed-while-read", "It became shorter while it was read.");
      }
      take(bytes);
      at += bytes.length;
    }
  }

  async #store(
    n: number,
    of: number,
    start: number,
    end: number,
    stat: PackedMember["stat"],
  ): Promise<void> {
    const layout =
      this.#source.allocatedBytes < this.#source.sizeBytes
        ? layoutOf(this.#source.file, start, end)
        : undefined;
    const path = partPath(this.#job.file.path, n + 1, of);
    const member: MemberInProgress = { path, stat, sizeBytes: end - start, layout };
    const stored = storedBytes(member);
    const pack = await this.#packFor(stored);
    const offset = beginFile(pack.writer, member);
    const copied = copyRange(
      pack.writer,
      this.#source.file,
      start,
      end,
      layout,
      this.#events.count,
      (bytes) => this.#whole.update(bytes),
    );
    if (copied.problem !== undefined) throw copied.problem;
    pack.writer.endMember(stored);
    pack.storedBytes += stored + memberBytes(path);
    const { sha256 } = copied;
    const { seq } = this.#job.file;
    const sparse = layout !== undefined;
    const whole = {
      path: this.#job.file.path,
      sizeBytes: this.#source.sizeBytes,
      ...(n === of - 1 && { sha256: hex(this.#whole.copy().digest()) }),
    };
    const { inode } = this.#job.file;
    const part = { n: n + 1, of, whole };
    pack.writer.addLine(
      memberLine({ ...member, offset, sha256, storedBytes: stored, inode, part }),
    );
    pack.members.push({
      seq,
      sha256,
      sizeBytes: end - start,
      offset,
      storedBytes: stored,
      sparse,
      stat: { ...stat, sizeBytes: this.#source.sizeBytes },
      slice: { n, of },
    });
    this.#slices.push({ sha256 });
  }

  async #packFor(stored: number): Promise<OpenPack> {
    if (this.#pack !== undefined && this.#pack.storedBytes + stored <= this.#job.sliceBytes) {
      return this.#pack;
    }
    this.#closePack();
    const order = await this.#events.needOrder(stored);
    const writer = new PackWriter(order.target, order, new Date());
    this.#pack = { order, writer, members: [], storedBytes: 0 };
    return this.#pack;
  }

  #closePack(): void {
    if (this.#pack === undefined) return;
    const { order, writer, members } = this.#pack;
    this.#pack = undefined;
    this.#events.packDone({ ...writer.finish(), packId: order.packId, members });
  }

  /** Slices that are whole stay; the one that failed and the rest of its pack are given up. */
  #abandon(): void {
    this.#pack?.writer.abandon();
    this.#pack = undefined;
  }
}
