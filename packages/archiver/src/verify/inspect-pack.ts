import { once } from "node:events";
import { createZstdDecompress, type ZstdDecompress } from "node:zlib";
import { ColdstowError, isColdstowError } from "@coldstow/contracts";
import { TarReader } from "../tar/index.ts";
import type { Fault, Inspection, InspectionJob, PackPlacements } from "./inspection.ts";
import { MemberCheck } from "./member-check.ts";
import { PackBytes } from "./pack-bytes.ts";

export interface InspectHooks {
  /** Called with the bytes of each piece that was read. */
  readonly count: (bytes: number) => void;
  /** Throws when the work is to end. */
  readonly stopIfCancelled: () => void;
}

/**
 * Reads one copy of a pack in one pass: its digest, and with placements every chunk's tag, every
 * member's digest and the manifest as well. Damage is a result, not an error. Memory: a few pieces of
 * 256 KiB, and the members' names and digests.
 * @throws {E_NOT_FOUND | E_IO | E_PERMISSION | E_CANCELLED} if the file could not be read
 */
export async function inspectPack(
  job: InspectionJob,
  keys: readonly string[],
  hooks: InspectHooks,
): Promise<Inspection> {
  const opens = job.placements !== undefined;
  const bytes = new PackBytes(job.path, job.sealed, opens ? keys : undefined);
  try {
    const tar = job.placements === undefined ? undefined : new TarCheck(job, job.placements);
    let counted = 0;
    for (let piece = bytes.next(); piece !== undefined; piece = bytes.next()) {
      hooks.stopIfCancelled();
      hooks.count(bytes.position - counted);
      counted = bytes.position;
      if (tar !== undefined && piece.length > 0) await tar.take(piece);
    }
    if (tar !== undefined) await tar.finish(!bytes.broken);
    return {
      sizeBytes: bytes.sizeBytes,
      sha256: bytes.digest(),
      envelope: bytes.envelope,
      damagedChunks: bytes.damagedChunks,
      damagedRanges: bytes.damagedRanges,
      contents: tar?.fault,
      origin: tar?.members.origin,
      wrongMembers: tar?.members.wrongMembers ?? 0,
      firstWrong: tar?.members.firstWrong,
    };
  } finally {
    bytes.close();
  }
}

/** The tar inside a pack, unpacked where it is compressed, up to the first thing that is wrong. */
class TarCheck {
  readonly members: MemberCheck;
  fault: Fault | undefined;
  readonly #tarBytes: number;
  readonly #reader: TarReader;
  readonly #zstd: ZstdDecompress | undefined;
  #taken = 0;

  constructor(job: InspectionJob, placements: PackPlacements) {
    this.members = new MemberCheck(placements);
    this.#tarBytes = job.tarBytes;
    this.#reader = new TarReader(this.members, { totalBytes: job.tarBytes });
    if (!job.zstd) return;
    this.#zstd = createZstdDecompress();
    this.#zstd.on("data", (bytes: Buffer) => this.#feed(bytes));
    this.#zstd.on("error", (error) => this.#failed(error));
  }

  /** Takes bytes that are valid until the promise resolves. */
  async take(bytes: Uint8Array): Promise<void> {
    if (this.fault !== undefined) return;
    const zstd = this.#zstd;
    if (zstd === undefined) {
      this.#feed(bytes);
      return;
    }
    // The stream may keep what it is given, and the reader re-uses its buffer.
    await new Promise<void>((resolve) => {
      zstd.once("close", resolve);
      zstd.write(bytes.slice(), () => {
        zstd.off("close", resolve);
        resolve();
      });
    });
  }

  /** @param whole false where the end of the tar was not reached, so that it need not be there */
  async finish(whole: boolean): Promise<void> {
    const zstd = this.#zstd;
    if (zstd !== undefined && !zstd.destroyed) {
      if (whole && this.fault === undefined) {
        const closed = once(zstd, "close").catch(() => undefined);
        zstd.end();
        await closed;
      } else {
        zstd.destroy();
      }
    }
    if (!whole || this.fault !== undefined) return;
    try {
      this.#reader.finish();
      if (this.#taken !== this.#tarBytes) throw this.#wrongLength();
    } catch (error) {
      this.#failed(error);
    }
  }

  #feed(bytes: Uint8Array): void {
    if (this.fault !== undefined) return;
    this.#taken += bytes.length;
    try {
      if (this.#taken > this.#tarBytes) throw this.#wrongLength();
      this.#reader.feed(bytes);
    } catch (error) {
      this.#failed(error);
      this.#zstd?.destroy();
    }
  }

  #wrongLength(): ColdstowError {
    const length = this.#taken > this.#tarBytes ? "more" : `${this.#taken}`;
    return new ColdstowError(
      "E_FORMAT",
      `The tar inside has ${length} bytes, where the catalogue says ${this.#tarBytes}.`,
    );
  }

  #failed(error: unknown): void {
    if (this.fault !== undefined) return;
    if (isColdstowError(error)) {
      this.fault = { code: error.code, message: error.message };
    } else {
      const reason = error instanceof Error ? error.message : String(error);
      this.fault = { code: "E_FIXITY", message: `The compressed data are damaged: ${reason}.` };
    }
  }
}
