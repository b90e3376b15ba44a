import { jsonText } from "../output.ts";
import type { ProgressRenderer, ProgressStream } from "./renderer.ts";

const everyMs = 500;

/** Every event as a line of JSON; of those that only count on, two a second. */
export function jsonLinesRenderer(
  stream: ProgressStream,
  options: { readonly now: () => number },
): ProgressRenderer {
  let toldMs = Number.NEGATIVE_INFINITY;
  let held: string | undefined;
  const flush = (): void => {
    if (held !== undefined) stream.write(held);
    held = undefined;
  };
  return {
    sink(event) {
      const line = `${jsonText(event)}\n`;
      if (event.type !== "advance") {
        flush();
        stream.write(line);
        return;
      }
      held = line;
      if (options.now() - toldMs < everyMs) return;
      toldMs = options.now();
      flush();
    },
    close: flush,
  };
}
