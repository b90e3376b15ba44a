import type { Catalogue } from "../src/catalogue.ts";
import type { DirectoryCursor } from "../src/selection/selection.ts";
import { allRows } from "./fixture.ts";
import { asStock, digest, type Node, type Tree } from "./simulated-archive.ts";

let stamp = 1_000_000;

/** A time that nothing else has. */
export function nextStamp(): number {
  return (stamp += 1);
}

export function file(text: string, inode?: number): Node {
  // All names of one file have one time.
  return inode === undefined
    ? { kind: "file", text, stamp: (stamp += 1) }
    : { kind: "file", text, stamp: inode, inode };
}

export function directory(): Node {
  return { kind: "directory", stamp: (stamp += 1) };
}

export function tree(nodes: Readonly<Record<string, Node>>): Map<string, Node> {
  const all = new Map<string, Node>();
  for (const [path, node] of Object.entries(nodes)) {
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth += 1) {
      const above = names.slice(0, depth).join("/");
      if (!all.has(above)) all.set(above, directory());
    }
    all.set(path, node);
  }
  return all;
}

/** What the catalogue says of a run, in the words of {@link asStock}. */
export async function recorded(catalogue: Catalogue, run: number): Promise<Map<string, string>> {
  const selection = await catalogue.openSelection({ run });
  try {
    const found = new Map<string, string>();
    for (const one of await allRows(async (after: DirectoryCursor | undefined) =>
      selection.directories({ after }),
    )) {
      found.set(one.path, "directory");
    }
    for (const one of await allRows(async (after: number | undefined) =>
      selection.symlinks({ after }),
    )) {
      found.set(one.path, `-> ${one.target ?? ""}`);
    }
    for (const one of await allRows(async (after: number | undefined) =>
      selection.files({ after }),
    )) {
      found.set(one.path, Buffer.from(one.sha256 ?? []).toString("hex"));
    }
    return found;
  } finally {
    await selection.close();
  }
}

export function asRecorded(wanted: Tree): Map<string, string> {
  return new Map(
    [...asStock(wanted)].map(([path, what]) =>
      wanted.get(path)?.kind === "file"
        ? [path, Buffer.from(digest(what)).toString("hex")]
        : [path, what],
    ),
  );
}
