import type { ProgressEvent, Stage } from "@coldstow/contracts";
import { number, rate, size } from "../render/size.ts";
import { duration } from "../render/time.ts";
import { type Pace, secondsLeft, startPace } from "./pace.ts";

const titles: Readonly<Record<Stage, string>> = {
  scan: "Looking through the files",
  plan: "Planning",
  pack: "Packing",
  push: "Storing",
  catalogue: "Storing the catalogue",
  verify: "Verifying",
  thaw: "Thawing",
  fetch: "Fetching",
  restore: "Restoring",
  recover: "Recovering",
  delete: "Deleting",
  update: "Converting",
  image: "Writing the image",
  burn: "Burning",
};

/** Where a stage is. */
export interface StageState {
  readonly stage: Stage;
  readonly title: string;
  readonly totalBytes: number | undefined;
  readonly totalItems: number | undefined;
  readonly pace: Pace;
  doneBytes: number;
  doneItems: number;
}

/** The state of a stage that begins now. */
export function beginStage(
  event: Extract<ProgressEvent, { type: "stage" }>,
  nowMs: number,
): StageState {
  return {
    stage: event.stage,
    title: titles[event.stage],
    totalBytes: event.totalBytes,
    totalItems: event.totalItems,
    pace: startPace(nowMs),
    doneBytes: 0,
    doneItems: 0,
  };
}

/** The share that is done, 0 to 1; undefined where no total is known. */
export function share(state: StageState): number | undefined {
  const { totalBytes, totalItems } = state;
  if (totalBytes !== undefined && totalBytes > 0) return Math.min(1, state.doneBytes / totalBytes);
  if (totalItems !== undefined && totalItems > 0) return Math.min(1, state.doneItems / totalItems);
  return undefined;
}

/** `1,200 of 3,400 files, 1.2 GiB of 3 GiB, 45 MiB/s, 40 s left`. */
export function figures(state: StageState): string {
  const { doneItems, totalItems, doneBytes, totalBytes } = state;
  const parts: string[] = [];
  if (doneItems > 0 || totalItems !== undefined) {
    const of = totalItems === undefined ? "" : ` of ${number(totalItems)}`;
    parts.push(`${number(doneItems)}${of} items`);
  }
  if (doneBytes > 0 || totalBytes !== undefined) {
    const of = totalBytes === undefined ? "" : ` of ${size(totalBytes)}`;
    parts.push(`${size(doneBytes)}${of}`);
  }
  const speed = state.pace.bytesPerSecond;
  if (speed !== undefined && speed >= 1) parts.push(rate(speed));
  const left = secondsLeft(doneBytes, totalBytes, speed);
  if (left !== undefined && left > 0) parts.push(`${duration(left)} left`);
  return parts.join(", ");
}
