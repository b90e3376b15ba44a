import { createRequire } from "node:module";
import { stripVTControlCharacters } from "node:util";
import type { MultiBar, SingleBar } from "cli-progress";
import { textWidth } from "../render/table.ts";
import { notice, type NoticeOptions, onceEach } from "./notices.ts";
import type { ProgressRenderer } from "./renderer.ts";
import { beginStage, figures, share, type StageState } from "./stage-state.ts";

const barWidth = 20;
const require = createRequire(import.meta.url);

/** The bar's line: title, bar where a total is known, figures; cut to the width. */
export function barLine(state: StageState, columns: number): string {
  const done = share(state);
  const filled = Math.round((done ?? 0) * barWidth);
  const bar = done === undefined ? "" : ` ${"█".repeat(filled)}${"░".repeat(barWidth - filled)}`;
  const percent = done === undefined ? "" : ` ${String(Math.floor(done * 100)).padStart(3)} %`;
  const line = stripVTControlCharacters(
    `${state.title}${bar}${percent}  ${figures(state)}`.trimEnd(),
  );
  return textWidth(line) < columns
    ? line
    : Array.from(line)
        .slice(0, columns - 1)
        .join("");
}

/** One bar on a terminal; notices stand above it. */
export function barRenderer(
  stream: NodeJS.WriteStream,
  options: NoticeOptions & { readonly now: () => number },
): ProgressRenderer {
  // Loaded here, because most commands show no bar.
  const { MultiBar: Bars } = require("cli-progress") as typeof import("cli-progress");
  let bars: MultiBar | undefined;
  let bar: SingleBar | undefined;
  let state: StageState | undefined;

  const problem = onceEach((line) => {
    if (bars === undefined) stream.write(`${line}\n`);
    else bars.log(`${line}\n`);
  });
  const endStage = (): void => {
    bar?.update(state?.doneBytes ?? 0);
    bars?.stop();
    bars = undefined;
    bar = undefined;
    state = undefined;
  };
  const format = (): string => (state === undefined ? "" : barLine(state, stream.columns ?? 80));

  return {
    sink(event) {
      const nowMs = options.now();
      const line = notice(event, options);
      if (line !== undefined) problem(line);
      if (event.type === "stage") {
        endStage();
        state = beginStage(event, nowMs);
        bars = new Bars({ stream, format, fps: 5, hideCursor: true, emptyOnZero: true });
        bar = bars.create(1, 0);
      } else if (event.type === "advance" && state !== undefined) {
        state.doneBytes = event.doneBytes;
        state.doneItems = event.doneItems;
        state.pace.add(nowMs, event.doneBytes);
      }
    },
    close: endStage,
  };
}
