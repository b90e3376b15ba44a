import type { ProgressEvent } from "@coldstow/contracts";
import { describe, expect, it } from "vitest";
import { barLine } from "./bar.ts";
import { jsonLinesRenderer } from "./json-lines.ts";
import { linesRenderer } from "./lines.ts";
import type { ProgressRenderer } from "./renderer.ts";
import { beginStage } from "./stage-state.ts";

/** What the clock of {@link tell} shows at first. */
const startedAt = new Date(0);
const mebibyte = 1024 * 1024;

interface Told {
  readonly renderer: ProgressRenderer;
  readonly lines: () => string[];
  tick(ms: number): void;
}

function tell(make: "lines" | "json", options: { quiet?: boolean; verbose?: boolean } = {}): Told {
  let nowMs = 0;
  let text = "";
  const stream = { write: (more: string): void => void (text += more) };
  const all = { quiet: false, verbose: false, ...options, now: () => nowMs };
  const renderer = make === "json" ? jsonLinesRenderer(stream, all) : linesRenderer(stream, all);
  return {
    renderer,
    lines: () => text.split("\n").filter((line) => line !== ""),
    tick: (ms) => void (nowMs += ms),
  };
}

const stage: ProgressEvent = {
  type: "stage",
  stage: "push",
  totalBytes: 100 * mebibyte,
  totalItems: 40,
};

function advance(share: number): ProgressEvent {
  return {
    type: "advance",
    stage: "push",
    doneBytes: share * mebibyte,
    doneItems: Math.floor(share * 0.4),
  };
}

describe("progress in lines", () => {
  it("is told every ten seconds and at the end of a stage", () => {
    const told = tell("lines");
    told.renderer.sink(stage);
    for (let second = 1; second <= 25; second += 1) {
      told.tick(1000);
      told.renderer.sink(advance(second));
    }
    told.renderer.close();
    told.renderer.close();
    expect(told.lines()).toEqual([
      "Storing: 4 of 40 items, 10 MiB of 100 MiB, 1 MiB/s, 90 s left (10 %).",
      "Storing: 8 of 40 items, 20 MiB of 100 MiB, 1 MiB/s, 80 s left (20 %).",
      "Storing: 10 of 40 items, 25 MiB of 100 MiB, 1 MiB/s, 75 s left (25 %).",
    ]);
  });

  it.each([
    "unreadable",
    "vanished",
    "changed-while-read",
    "left-out",
    "damaged",
    "missing",
    "failed",
  ] as const)("names an item that is %s, once", (outcome) => {
    const told = tell("lines");
    const event: ProgressEvent = {
      type: "item",
      outcome,
      name: "a\nb",
      code: "E_IO",
      message: "why",
    };
    told.renderer.sink(event);
    told.renderer.sink(event);
    expect(told.lines()).toHaveLength(1);
    expect(told.lines()[0]).toMatch(/^a\\nb: .+: why \[E_IO\]$/);
  });

  it("names an item that went well only when asked to", () => {
    const event: ProgressEvent = { type: "item", outcome: "stored", name: "a" };
    const brief = tell("lines");
    brief.renderer.sink(event);
    expect(brief.lines()).toEqual([]);
    const verbose = tell("lines", { verbose: true });
    verbose.renderer.sink(event);
    expect(verbose.lines()).toEqual(["a: stored"]);
  });

  it("tells a wait in the time of the machine, and of a thaw when it is ready and when it looks again", () => {
    const told = tell("lines");
    const [year, month, day] = [startedAt.getFullYear(), startedAt.getMonth(), startedAt.getDate()];
    const until = new Date(year, month, day, 2, 9, 7).toISOString();
    told.renderer.sink({ type: "wait", reason: "nas: connection reset", until });
    const readyAt = new Date(1970, 4, 6, 7, 8).toISOString();
    told.renderer.sink({
      type: "wait",
      reason: "1 pack is being thawed",
      until,
      thaw: { readyAt },
    });
    told.renderer.sink({ type: "wait", reason: "2 packs are being thawed", until, thaw: {} });
    told.renderer.sink({ type: "wait", reason: "a disc is needed" });
    expect(told.lines()).toEqual([
      "Waiting: nas: connection reset; trying again at 02:09:07",
      "Waiting: 1 pack is being thawed; ready by about 1970-05-06 07:08; looking again at 02:09:07",
      "Waiting: 2 packs are being thawed; looking again at 02:09:07",
      "Waiting: a disc is needed",
    ]);
  });

  it("is not told when quiet is asked for", () => {
    const told = tell("lines", { quiet: true });
    told.renderer.sink(stage);
    told.renderer.sink({ type: "item", outcome: "failed", name: "a" });
    told.renderer.close();
    expect(told.lines()).toEqual([]);
  });
});

describe("progress in JSON lines", () => {
  it("gives every event, but of those that count on the newest, twice a second", () => {
    const told = tell("json");
    told.renderer.sink(stage);
    for (let step = 1; step <= 10; step += 1) {
      told.renderer.sink(advance(step));
      told.tick(100);
    }
    told.renderer.sink({ type: "item", outcome: "failed", name: "\udcff" });
    told.renderer.close();
    const events = told.lines().map((line) => JSON.parse(line) as ProgressEvent);
    expect(events).toEqual([
      stage,
      advance(1),
      advance(6),
      advance(10),
      { type: "item", outcome: "failed", name: "\udcff" },
    ]);
  });
});

describe("the bar", () => {
  it("has a share, figures, and fits the terminal", () => {
    const state = beginStage({ type: "stage", stage: "push", totalBytes: 100 * mebibyte }, 0);
    state.doneBytes = 50 * mebibyte;
    expect(barLine(state, 120)).toBe("Storing ██████████░░░░░░░░░░  50 %  50 MiB of 100 MiB");
    expect(barLine(state, 20)).toHaveLength(19);
  });

  it("shows no share where no total is known", () => {
    const state = beginStage({ type: "stage", stage: "scan" }, 0);
    state.doneItems = 1234;
    expect(barLine(state, 80)).toBe("Looking through the files  1,234 items");
  });
});
