import type { PendingFile } from "@coldstow/catalogue/journal";
import type { Compression } from "../settings/archive-settings.ts";
import { mayCompress } from "./compressible.ts";

/** Files that share a pack, or one that needs several. */
export type PlannedWork =
  | {
      readonly type: "files";
      readonly files: readonly PendingFile[];
      /** "sample": look at the files to find out whether compressing pays. */
      readonly compress: "yes" | "no" | "sample";
    }
  | { readonly type: "slices"; readonly file: PendingFile; readonly sliceBytes: number };

const maxMembers = 10_000;

/** Headers, padding and the manifest's line of a member, at most, whatever its name is made of. */
export function memberBytes(path: string): number {
  return 2_560 + 8 * path.length;
}

/** Bytes of content that fit in a pack, leaving room for envelope, manifest and end of archive. */
export function packBudget(packSizeBytes: number): number {
  return packSizeBytes - Math.ceil(packSizeBytes / 2_048) - 65_536;
}

/**
 * Fills packs in the order in which files come, so that a folder touches few packs. Two packs are open
 * at a time: one for what may compress, one for what does not. O(1) a file; memory holds two packs' files.
 */
export class Planner {
  readonly #budget: number;
  readonly #sliceBytes: number;
  readonly #compression: Compression;
  readonly #open = { plain: newPack(), compressible: newPack() };

  constructor(packSizeBytes: number, compression: Compression) {
    this.#budget = packBudget(packSizeBytes);
    this.#sliceBytes = Math.floor((this.#budget - memberBytes("")) / 65_536) * 65_536;
    this.#compression = compression;
  }

  /** Takes a file; yields the work that is complete with it. */
  *add(file: PendingFile): Iterable<PlannedWork> {
    if (file.sizeBytes > this.#sliceBytes) {
      yield { type: "slices", file, sliceBytes: this.#sliceBytes };
      return;
    }
    const kind =
      this.#compression === "none" || (this.#compression === "auto" && !mayCompress(file.path))
        ? "plain"
        : "compressible";
    // Not what is allocated: file systems that compress, or write later, allocate less than there is.
    const bytes = file.sizeBytes + memberBytes(file.path);
    if (this.#open[kind].bytes + bytes > this.#budget) yield* this.#close(kind);
    const pack = this.#open[kind];
    pack.files.push(file);
    pack.bytes += bytes;
    if (pack.files.length >= maxMembers) yield* this.#close(kind);
  }

  /** The packs that are still open. */
  *flush(): Iterable<PlannedWork> {
    yield* this.#close("plain");
    yield* this.#close("compressible");
  }

  *#close(kind: "plain" | "compressible"): Iterable<PlannedWork> {
    const { files } = this.#open[kind];
    this.#open[kind] = newPack();
    if (files.length === 0) return;
    const compress = kind === "plain" ? "no" : this.#compression === "zstd" ? "yes" : "sample";
    yield { type: "files", files, compress };
  }
}

function newPack(): { files: PendingFile[]; bytes: number } {
  return { files: [], bytes: 0 };
}
