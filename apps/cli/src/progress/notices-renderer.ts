import { notice, type NoticeOptions, onceEach } from "./notices.ts";
import type { ProgressRenderer, ProgressStream } from "./renderer.ts";

/** No progress, but what a person must hear of: problems and warnings, each once. */
export function noticesRenderer(stream: ProgressStream, options: NoticeOptions): ProgressRenderer {
  const show = onceEach((line) => void stream.write(`${line}\n`));
  return {
    sink(event) {
      const line = event.type === "wait" ? undefined : notice(event, options);
      if (line !== undefined) show(line);
    },
    close: () => undefined,
  };
}
