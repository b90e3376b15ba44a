import type { Catalogue, Selection } from "@coldstow/catalogue";
import { ColdstowError } from "@coldstow/contracts";
import picomatch from "picomatch";

/**
 * What a person asks for, as of a run: paths of files or folders, or glob patterns such as `*.jpg` (any
 * folder) and `2024/**` (from the top). A name that is there wins over its meaning as a pattern.
 * @param run default: the newest run
 * @throws {E_NOT_FOUND} if a path is not there, or there was no such run
 */
export async function selectionFor(
  catalogue: Catalogue,
  select: readonly string[] | undefined,
  run?: number,
): Promise<Selection> {
  const newest = await catalogue.newestRun();
  const asOf = run ?? newest;
  if (asOf < 1 || asOf > newest) {
    throw new ColdstowError("E_NOT_FOUND", `There was no run ${asOf}; the newest is ${newest}.`, {
      hint: "coldstow status ARCHIVE lists the last runs.",
    });
  }
  if (select === undefined || select.length === 0) return catalogue.openSelection({ run: asOf });
  const paths: string[] = [];
  const patterns: string[] = [];
  for (const one of select) {
    const path = one.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
    const isPattern = /[*?[{]/.test(path) && (await catalogue.entryAt(path, asOf)) === undefined;
    (isPattern ? patterns : paths).push(path);
  }
  if (patterns.length === 0) return catalogue.openSelection({ run: asOf, paths });
  const matchers = patterns.map((pattern) =>
    picomatch(pattern, { dot: true, matchBase: !pattern.includes("/") }),
  );
  const within = (path: string): boolean =>
    paths.some((one) => path === one || path.startsWith(`${one}/`));
  return catalogue.openSelection({
    run: asOf,
    matches: (path, kind) =>
      within(path) || (kind !== "directory" && matchers.some((matches) => matches(path))),
  });
}
