/** More names in a path than any system lets a program open: 4096 bytes of one letter each. */
export const deepestPath = 2048;

/** True for a root as Windows writes it: with a drive, or of a server. */
export function isWindowsRoot(root: string): boolean {
  return /^[A-Za-z]:(?:[\\/]|$)|^\\\\/.test(root);
}

/** A path with `/` between its names. */
export function withSlashes(path: string, windows: boolean): string {
  return windows ? path.replaceAll("\\", "/") : path;
}

/**
 * A path of the state, relative to the root with `/`, or undefined where it is none that a tree can
 * have: absolute, empty, with `.`, `..` or NUL, or deeper than {@link deepestPath}.
 */
export function archivedPath(path: string, windows: boolean): string | undefined {
  const slashed = withSlashes(path, windows);
  const names = slashed.split("/");
  if (names.length > deepestPath) return undefined;
  const usable = names.every(
    (name) => name !== "" && name !== "." && name !== ".." && !name.includes("\0"),
  );
  return usable ? slashed : undefined;
}

/** The names of a path, without empty ones and `.`; a drive and what is in front of it are left out. */
export function pathNames(path: string, windows: boolean): string[] {
  const local = windows ? path.replace(/^[A-Za-z]:/, "") : path;
  return withSlashes(local, windows)
    .split("/")
    .filter((name) => name !== "" && name !== ".");
}

/** The rest of `names` behind `prefix`, or undefined where it does not begin so. */
export function namesBelow(
  names: readonly string[],
  prefix: readonly string[],
): readonly string[] | undefined {
  const begins = prefix.length < names.length && prefix.every((name, at) => names[at] === name);
  return begins ? names.slice(prefix.length) : undefined;
}
