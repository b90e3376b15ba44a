import { displayPath, type ItemOutcome, type ProgressEvent } from "@coldstow/contracts";
import { moment } from "../render/time.ts";

/** Outcomes that a person must hear of: something is not as it should be. */
const problems: Readonly<Partial<Record<ItemOutcome, string>>> = {
  unreadable: "could not be read",
  vanished: "vanished before it was read",
  "changed-while-read": "changed while it was read",
  "left-out": "is of a kind that is not stored",
  damaged: "is damaged",
  missing: "is missing",
  failed: "failed",
};

export interface NoticeOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Milliseconds since 1970; of times on the same day the date is left out. */
  readonly now?: () => number;
}

/** The line for people about an event, or undefined where there is none to show. */
export function notice(event: ProgressEvent, options: NoticeOptions): string | undefined {
  if (options.quiet) return undefined;
  switch (event.type) {
    case "item": {
      const problem = problems[event.outcome];
      if (problem === undefined && !options.verbose) return undefined;
      const code = event.code === undefined ? "" : ` [${event.code}]`;
      const reason = event.message === undefined ? "" : `: ${displayPath(event.message)}`;
      return `${displayPath(event.name)}: ${problem ?? event.outcome}${reason}${code}`;
    }
    case "warning":
      return `Warning: ${displayPath(event.message)}${event.code === undefined ? "" : ` [${event.code}]`}`;
    case "wait":
      return waitLine(event, new Date(options.now?.() ?? Date.now()));
    case "stage":
    case "advance":
    case "summary":
      return undefined;
    default:
      return undefined;
  }
}

function waitLine(event: ProgressEvent & { readonly type: "wait" }, now: Date): string {
  const { reason, thaw, until } = event;
  const again = thaw === undefined ? "trying again" : "looking again";
  return [
    `Waiting: ${displayPath(reason)}`,
    ...(thaw?.readyAt === undefined ? [] : [`ready by about ${moment(thaw.readyAt, now)}`]),
    ...(until === undefined ? [] : [`${again} at ${moment(until, now)}`]),
  ].join("; ");
}

const remembered = 10_000;

/** Shows a notice once, as long as it is among the last ten thousand: memory stays flat. */
export function onceEach(show: (line: string) => void): (line: string) => void {
  const shown = new Set<string>();
  return (line) => {
    if (shown.has(line)) return;
    if (shown.size >= remembered) shown.clear();
    shown.add(line);
    show(line);
  };
}
