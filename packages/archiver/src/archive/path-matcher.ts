import picomatch from "picomatch";

/**
 * What a person asks for as a test of paths: paths of files or folders, or patterns such as `*.jpg`
 * (any folder) and `2024/**` (from the top). Nothing asked for means everything.
 */
export function pathMatcher(select: readonly string[] | undefined): (path: string) => boolean {
  if (select === undefined || select.length === 0) return () => true;
  const paths = select.map((one) => one.replace(/^(?:\.\/)+/, "").replace(/\/+$/, ""));
  const patterns = paths
    .filter((one) => /[*?[{]/.test(one))
    .map((one) => picomatch(one, { dot: true, matchBase: !one.includes("/") }));
  return (path) =>
    paths.some((one) => path === one || path.startsWith(`${one}/`)) ||
    patterns.some((matches) => matches(path));
}
