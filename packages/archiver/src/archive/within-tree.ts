import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

/**
 * A path as it is met in a walk of `root`, also where a symbolic link hides that it lies inside;
 * elsewhere the absolute path. What does not exist yet is judged by the folder that it would lie in.
 */
export function withinTree(root: string, path: string): string {
  const inside = relative(realPath(root), realPath(path));
  if (inside === "") return resolve(root);
  const leadsOut = inside === ".." || inside.startsWith(`..${sep}`) || resolve(inside) === inside;
  return leadsOut ? resolve(path) : join(resolve(root), inside);
}

/** Whether a path is a folder, or lies in it. */
export function liesIn(folder: string, path: string): boolean {
  const real = realPath(folder);
  const seen = withinTree(real, path);
  return seen === real || seen.startsWith(real.endsWith(sep) ? real : real + sep);
}

/** The path without symbolic links, as far as it exists. */
function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const parent = dirname(whole);
    return parent === whole ? whole : join(realPath(parent), basename(whole));
  }
}
