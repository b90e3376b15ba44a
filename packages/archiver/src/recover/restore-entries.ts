import type {
  CatalogueEntry,
  DirectoryCursor,
  SelectedDirectory,
  Selection,
} from "@coldstow/catalogue";
import { attempt } from "../restore/place-names.ts";
import type { SafeTree } from "../restore/safe-tree.ts";
import type { RestoreTally } from "./restore-tally.ts";
import { rows } from "../archive/rows.ts";

/** Makes the directories, parents first; their metadata come last. O(directories). */
export async function makeDirectories(
  selection: Selection,
  tree: SafeTree,
  tally: RestoreTally,
): Promise<void> {
  for await (const { path, mode, mtimeNs } of rows<SelectedDirectory, DirectoryCursor>((page) =>
    selection.directories(page),
  )) {
    const outcome = attempt({ path, mode, mtimeNs, linkGroup: null }, () => {
      tree.makeDirectory(path);
      return "unchanged";
    });
    if (outcome.outcome !== "unchanged") tally.name(outcome);
  }
}

/** Makes the symlinks, and hard links of them. O(symlinks). */
export async function makeSymlinks(
  selection: Selection,
  tree: SafeTree,
  tally: RestoreTally,
): Promise<void> {
  const groups = new Map<string, string>();
  for await (const entry of rows<CatalogueEntry, number>((page) => selection.symlinks(page))) {
    const { linkGroup, mtimeNs, path, target } = entry;
    const linked = linkGroup === null ? undefined : groups.get(linkGroup);
    const outcome = attempt(entry, () => {
      if (tree.hasSymlink(path, target ?? "")) return "unchanged";
      if (linked === undefined) tree.symlink(path, target ?? "", mtimeNs);
      else tree.hardLink(path, linked);
      return "restored";
    });
    tally.name(outcome);
    if (linkGroup !== null && outcome.outcome === "restored") groups.set(linkGroup, path);
  }
}

/** Gives the directories their modes and times, deepest first, when everything in them is written. */
export async function stampDirectories(
  selection: Selection,
  tree: SafeTree,
  tally: RestoreTally,
): Promise<void> {
  const deepest = rows<SelectedDirectory, DirectoryCursor>((page) =>
    selection.directories({ ...page, deepestFirst: true }),
  );
  for await (const entry of deepest) {
    if (entry.implied || !entry.asked) continue;
    const outcome = attempt(entry, () => {
      tree.stampDirectory(entry.path, entry);
      return "unchanged";
    });
    if (outcome.outcome !== "unchanged") tally.name(outcome);
  }
}
