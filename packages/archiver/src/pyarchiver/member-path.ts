import { deepestPath, isWindowsRoot, namesBelow, pathNames } from "./archived-path.ts";

/** Where a member belongs in the tree, or why it belongs nowhere. */
export type MemberPlace =
  | { readonly path: string; readonly movedInside: boolean }
  | { readonly problem: string };

/**
 * Makes a function from member names to paths under the destination (docs/formats/pyarchiver.md §4).
 *
 * The root that a name begins with is taken off. A name outside every root keeps all its folders.
 * `../` in front is taken off, as GNU tar does; `..` further in, and what has no name left, is refused.
 * @param roots the archived directory as the state or the ini writes it; none: nothing is taken off
 */
export function memberPlacer(roots: readonly string[]): (name: string) => MemberPlace {
  const prefixes = roots.map((root) => pathNames(root, isWindowsRoot(root)));
  return (name) => {
    const names = name.split("/").filter((part) => part !== "" && part !== ".");
    const known = belowAny(names, prefixes);
    if (known !== undefined) return placed(known, false);
    const up = names.findIndex((part) => part !== "..");
    const inside = up < 0 ? [] : names.slice(up);
    // A relative root: its last folders follow the way up.
    const tails = up > 0 ? prefixes.flatMap(tailsOf) : [];
    return placed(belowAny(inside, tails) ?? inside, up > 0 || name.startsWith("/"));
  };
}

function belowAny(
  names: readonly string[],
  prefixes: readonly (readonly string[])[],
): readonly string[] | undefined {
  for (const prefix of prefixes) {
    const below = namesBelow(names, prefix);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** The ends of a path, longest first. */
function tailsOf(prefix: readonly string[]): (readonly string[])[] {
  return prefix.map((_, from) => prefix.slice(from));
}

function placed(names: readonly string[], movedInside: boolean): MemberPlace {
  if (names.length === 0) return { problem: "its name leads to no place in the tree" };
  if (names.length > deepestPath) return { problem: "it lies deeper than any system allows" };
  if (names.includes("..")) return { problem: "its name leads upwards" };
  if (names.some((name) => name.includes("\0"))) return { problem: "its name holds a NUL" };
  return { path: names.join("/"), movedInside };
}
