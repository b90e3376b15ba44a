import type { CatalogueEntry, DirectoryCursor, SelectedDirectory } from "@coldstow/catalogue";
import { rows } from "../archive/rows.ts";
import { namesOf } from "./names-of.ts";
import { attempt, namesThere, placeNames } from "./place-names.ts";
import type { RestoreParts } from "./restore-parts.ts";

/** Restores what needs no pack: directories, symlinks, empty files. */
export class TreeFrame {
  readonly #parts: RestoreParts;

  constructor(parts: RestoreParts) {
    this.#parts = parts;
  }

  /** A content of no bytes lies in no pack. */
  async makeEmptyFiles(): Promise<void> {
    const { selection, tree } = this.#parts;
    const row = this.#parts.archive.catalogue.driver
      .prepare("SELECT id FROM content WHERE size = 0")
      .get();
    if (row === undefined) return;
    const { outcomes, missing: names } = namesThere(
      tree,
      await namesOf(selection, Number(row["id"])),
      0,
    );
    for (const one of outcomes) this.#parts.tell(one);
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const first = name;
      const outcome = attempt(first, () => {
        tree.placeFile(tree.beginFree(first.path), first);
        return "restored";
      });
      this.#parts.tell(outcome);
      if (outcome.outcome !== "restored") continue;
      for (const one of placeNames(tree, first, names, 0)) this.#parts.tell(one);
      return;
    }
  }

  /** Files that the catalogue knows and no pack holds. */
  async tellMissing(): Promise<void> {
    for await (const entry of rows<CatalogueEntry, number>((after) =>
      this.#parts.selection.missing(after),
    )) {
      const message = "No stored pack holds its bytes.";
      this.#parts.tell({ path: entry.path, outcome: "failed", code: "E_MISSING", message });
    }
  }

  /** All directories, still open for writing; also removes what a killed restore left in them. */
  async makeDirectories(): Promise<void> {
    const { fresh, kept, tree } = this.#parts;
    const isKept = kept()?.isKept;
    if (!fresh) tree.dropLeftovers("", isKept);
    for await (const entry of rows<SelectedDirectory, DirectoryCursor>((after) =>
      this.#parts.selection.directories(after),
    )) {
      const outcome = attempt(entry, () => {
        tree.makeDirectory(entry.path);
        if (!fresh) tree.dropLeftovers(entry.path, isKept);
        return "restored";
      });
      if (outcome.outcome !== "restored") this.#parts.tell(outcome);
    }
  }

  /** Last, so that nothing can be written through one. */
  async makeSymlinks(): Promise<void> {
    const groups = new Map<string, string>();
    for await (const entry of rows<CatalogueEntry, number>((after) =>
      this.#parts.selection.symlinks(after),
    )) {
      const { linkGroup, mtimeNs, path, target } = entry;
      const linked = linkGroup === null ? undefined : groups.get(linkGroup);
      const outcome = attempt(entry, () => {
        if (this.#parts.tree.hasSymlink(path, target ?? "")) return "unchanged";
        if (linked === undefined) this.#parts.tree.symlink(path, target ?? "", mtimeNs);
        else this.#parts.tree.hardLink(path, linked);
        return "restored";
      });
      this.#parts.tell(outcome);
      const isThere = outcome.outcome === "restored" || outcome.outcome === "unchanged";
      if (linkGroup !== null && isThere) groups.set(linkGroup, path);
    }
  }

  /** Modes and times, deepest first, when nothing more is written into them. */
  async stampDirectories(): Promise<void> {
    const deepest = rows<SelectedDirectory, DirectoryCursor>((after) =>
      this.#parts.selection.directories({ ...after, deepestFirst: true }),
    );
    for await (const entry of deepest) {
      if (entry.implied || !entry.asked) continue;
      const outcome = attempt(entry, () => {
        this.#parts.tree.stampDirectory(entry.path, entry);
        return "restored";
      });
      // What is no directory here was told when it could not be made.
      if (outcome.outcome === "failed") this.#parts.tell(outcome);
    }
  }
}
