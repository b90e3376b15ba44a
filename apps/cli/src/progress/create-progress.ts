import type { GlobalOptions } from "../global-flags.ts";
import { barRenderer } from "./bar.ts";
import { jsonLinesRenderer } from "./json-lines.ts";
import { linesRenderer } from "./lines.ts";
import { noticesRenderer } from "./notices-renderer.ts";
import type { ProgressRenderer } from "./renderer.ts";

/**
 * The renderer that the flags ask for: `auto` is a bar on a terminal and lines elsewhere; `none` tells
 * problems and warnings only; with `--quiet` nothing. Everything goes to stderr.
 */
export function createProgress(
  globals: Pick<GlobalOptions, "progress" | "quiet" | "verbose">,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): ProgressRenderer {
  const options = { quiet: globals.quiet, verbose: globals.verbose, now };
  const auto = stream.isTTY ? "bar" : "lines";
  const mode = globals.progress === "auto" ? auto : globals.progress;
  if (mode === "json") return jsonLinesRenderer(stream, options);
  if (mode === "none") return noticesRenderer(stream, options);
  if (globals.quiet || mode === "lines") return linesRenderer(stream, options);
  return barRenderer(stream, options);
}
