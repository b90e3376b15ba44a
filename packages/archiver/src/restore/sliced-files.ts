import { createHash } from "node:crypto";
import { createReadStream, ftruncateSync } from "node:fs";
import type { PackWork, Selection } from "@coldstow/catalogue";
import { fsPath } from "../files/fs-path.ts";
import { keepWritten, type KeptFiles, leaveFile } from "./kept-files.ts";
import { attempt, namesThere, placeNames } from "./place-names.ts";
import type { NameOutcome, RestoreName, RestorePiece } from "./restore-job.ts";
import type { FileInPlace, SafeTree } from "./safe-tree.ts";
import { namesOf } from "./names-of.ts";

interface Assembly {
  readonly name: RestoreName;
  readonly others: readonly RestoreName[];
  readonly writing: FileInPlace;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  missingBytes: number;
  /** Why a slice cannot be had. */
  lost: LostSlice | undefined;
  /** Where the slices begin that were written; memory grows with the slices of an open file. */
  readonly written: Set<number>;
  /** An earlier process began it. */
  readonly isResumed: boolean;
}

/** Why a slice cannot be had, as it is told of its file. */
export type LostSlice = Pick<NameOutcome, "outcome" | "code" | "message">;

/** As told of a file of which no copy of a slice is good. */
export const unreadable: LostSlice = {
  outcome: "damaged",
  code: "E_FIXITY",
  message: "A part of it cannot be read from any copy.",
};

/** What became of a file when a slice of it was written: `spoiled` if it must be read all over again. */
export type SliceOutcome = "open" | "finished" | "spoiled";

/** Files that are put together from slices of several packs. Memory: one open file for each in work. */
export class SlicedFiles {
  readonly #tree: SafeTree;
  readonly #selection: Selection;
  readonly #open = new Map<number, Assembly | "there">();
  /** Packs are read side by side: the second one that needs a file waits for what the first one began. */
  readonly #beginning = new Map<number, Promise<Assembly | "there">>();
  readonly #left = new Set<number>();
  readonly #kept: () => KeptFiles | undefined;

  /** @param kept where a later process may go on with half-made files; asked when one is begun */
  constructor(
    tree: SafeTree,
    selection: Selection,
    kept: () => KeptFiles | undefined = () => undefined,
  ) {
    this.#tree = tree;
    this.#selection = selection;
    this.#kept = kept;
  }

  /** Where a slice goes; undefined where its file is there already or cannot be written. */
  async target(
    work: PackWork,
    tell: (outcome: NameOutcome) => void,
  ): Promise<RestorePiece["to"] | undefined> {
    const assembly = this.#open.get(work.content) ?? (await this.#beginOnce(work, tell));
    if (assembly === "there") return undefined;
    const { temporary } = assembly.writing;
    return { type: "slice", temporary, startByte: work.piece.startByte, path: assembly.name.path };
  }

  /**
   * Takes a slice that an earlier process wrote as written.
   * @returns false if there is nothing left of what that process wrote
   */
  async resume(work: PackWork, tell: (outcome: NameOutcome) => void): Promise<boolean> {
    const assembly = this.#open.get(work.content) ?? (await this.#beginOnce(work, tell));
    return assembly === "there" || assembly.isResumed;
  }

  /** Makes what was written of unfinished files survive a power cut. @returns true if there is one */
  keep(works: readonly PackWork[]): boolean {
    const files = new Set(works.map(({ content }) => this.#open.get(content)));
    let isOpen = false;
    for (const assembly of files) {
      if (assembly === undefined || assembly === "there") continue;
      isOpen = true;
      keepWritten(assembly.writing);
    }
    return isOpen;
  }

  /** Notes that a slice cannot be had now. @returns true for the first one of a file */
  leave(work: PackWork): boolean {
    if (this.#left.has(work.content)) return false;
    this.#left.add(work.content);
    return true;
  }

  /** Notes that a slice was written, or is lost; the last one finishes the file. */
  async sliceDone(
    work: PackWork,
    tell: (outcome: NameOutcome) => void,
    lost?: LostSlice,
  ): Promise<SliceOutcome> {
    const assembly = this.#open.get(work.content);
    if (assembly === undefined || assembly === "there") return "finished";
    if (!assembly.written.has(work.piece.startByte)) {
      assembly.written.add(work.piece.startByte);
      assembly.missingBytes -= work.piece.sizeBytes;
    }
    if (lost !== undefined && assembly.lost?.outcome !== "damaged") assembly.lost = lost;
    if (assembly.missingBytes > 0) return "open";
    this.#open.delete(work.content);
    if (assembly.lost !== undefined || !(await this.#isWhole(assembly))) {
      this.#tree.dropFile(assembly.writing);
      // Somebody changed what an earlier process had written.
      if (assembly.lost === undefined && assembly.isResumed) return "spoiled";
      for (const { path } of [assembly.name, ...assembly.others]) {
        tell({ path, ...(assembly.lost ?? unreadable) });
      }
      return "finished";
    }
    const placed = attempt(assembly.name, () => {
      this.#tree.placeFile(assembly.writing, assembly.name);
      return "restored";
    });
    tell(placed);
    if (placed.outcome !== "restored") return "finished";
    const rest = placeNames(this.#tree, assembly.name, assembly.others, assembly.sizeBytes);
    for (const one of rest) tell(one);
    return "finished";
  }

  /** Gives up what was begun, or leaves it for a later process. */
  abandon(): void {
    const isKept = this.#kept() !== undefined;
    for (const assembly of this.#open.values()) {
      if (assembly === "there") continue;
      if (isKept) leaveFile(assembly.writing);
      else this.#tree.dropFile(assembly.writing);
    }
    this.#open.clear();
  }

  async #beginOnce(
    work: PackWork,
    tell: (outcome: NameOutcome) => void,
  ): Promise<Assembly | "there"> {
    const known = this.#beginning.get(work.content);
    if (known !== undefined) return known;
    const begun = this.#begin(work, tell).finally(() => this.#beginning.delete(work.content));
    this.#beginning.set(work.content, begun);
    return begun;
  }

  async #begin(work: PackWork, tell: (outcome: NameOutcome) => void): Promise<Assembly | "there"> {
    const wanted = await namesOf(this.#selection, work.content);
    const { outcomes, missing: names } = namesThere(this.#tree, wanted, work.sizeBytes);
    for (const one of outcomes) tell(one);
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const first = name;
      let writing: FileInPlace | undefined;
      let isResumed = false;
      const outcome = attempt(first, () => {
        const kept = this.#kept();
        if (kept === undefined) writing = this.#tree.beginFree(first.path);
        else ({ writing, isResumed } = kept.begin(this.#tree, first.path, work.content));
        ftruncateSync(writing.file, work.sizeBytes);
        return "restored";
      });
      if (writing !== undefined) {
        const assembly: Assembly = {
          name: first,
          others: names,
          writing,
          sizeBytes: work.sizeBytes,
          sha256: work.sha256 ?? new Uint8Array(0),
          missingBytes: work.sizeBytes,
          lost: undefined,
          written: new Set(),
          isResumed,
        };
        this.#open.set(work.content, assembly);
        return assembly;
      }
      tell(outcome);
    }
    this.#open.set(work.content, "there");
    return "there";
  }

  async #isWhole(assembly: Assembly): Promise<boolean> {
    const digest = createHash("sha256");
    const path = fsPath(assembly.writing.temporary);
    for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) {
      digest.update(bytes as Buffer);
    }
    return digest.digest().equals(assembly.sha256);
  }
}
