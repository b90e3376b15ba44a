import { notice, type NoticeOptions, onceEach } from "./notices.ts";
import type { ProgressRenderer, ProgressStream } from "./renderer.ts";
import { beginStage, figures, share, type StageState } from "./stage-state.ts";

const everyMs = 10_000;

function stageLine(state: StageState): string {
  const done = share(state);
  const percent = done === undefined ? "" : ` (${Math.floor(done * 100)} %)`;
  const told = figures(state);
  return told === "" ? `${state.title}.` : `${state.title}: ${told}${percent}.`;
}

/** A line every ten seconds and at the end of each stage: for logs. */
export function linesRenderer(
  stream: ProgressStream,
  options: NoticeOptions & { readonly now: () => number },
): ProgressRenderer {
  let state: StageState | undefined;
  let toldMs = 0;
  const write = (line: string): void => void stream.write(`${line}\n`);
  const problem = onceEach(write);
  const endStage = (): void => {
    if (state !== undefined && !options.quiet) write(stageLine(state));
    state = undefined;
  };
  return {
    sink(event) {
      const nowMs = options.now();
      const line = notice(event, options);
      if (line !== undefined) problem(line);
      if (event.type === "stage") {
        endStage();
        state = beginStage(event, nowMs);
        toldMs = nowMs;
      } else if (event.type === "advance" && state !== undefined) {
        state.doneBytes = event.doneBytes;
        state.doneItems = event.doneItems;
        state.pace.add(nowMs, event.doneBytes);
        if (nowMs - toldMs >= everyMs && !options.quiet) {
          write(stageLine(state));
          toldMs = nowMs;
        }
      }
    },
    close: endStage,
  };
}
