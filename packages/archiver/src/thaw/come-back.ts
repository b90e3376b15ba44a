import type { JobPackGroup } from "@coldstow/catalogue";
import { isoOfMs, msOfNs } from "./clock.ts";
import type { ColdDestination } from "./cold-destination.ts";

const hourMs = 60 * 60 * 1000;

/**
 * When it is worth to come back: when the whole wave is ready, but not later than half of the time
 * after which what was ready first freezes again. ISO 8601 UTC.
 */
export function comeBackAt(
  groups: readonly JobPackGroup[],
  cold: ReadonlyMap<number, ColdDestination>,
  nowMs: number,
): string {
  let earliest = Infinity;
  for (const { destination, state, firstReadyNs, lastReadyNs } of groups) {
    const from = destination === null ? undefined : cold.get(destination);
    if (from === undefined || (state !== "requested" && state !== "thawing")) continue;
    const { readyHours, pollSeconds } = from.cold.terms;
    const soonest = nowMs + pollSeconds * 1000;
    const last = lastReadyNs === null ? soonest : msOfNs(lastReadyNs);
    const first = firstReadyNs === null ? soonest : msOfNs(firstReadyNs);
    const freezing = readyHours === undefined ? Infinity : first + (readyHours / 2) * hourMs;
    const expected = Math.min(last, freezing);
    earliest = Math.min(earliest, expected > nowMs ? expected : soonest);
  }
  if (earliest !== Infinity) return isoOfMs(earliest);
  const polls = [...cold.values()].map((one) => one.cold.terms.pollSeconds);
  return isoOfMs(nowMs + Math.min(...polls, 60 * 60) * 1000);
}

/**
 * When all that was asked for is ready, as far as the places say. ISO 8601 UTC.
 * @returns undefined where one says nothing, or that hour has passed
 */
export function allReadyAt(asked: readonly JobPackGroup[], nowMs: number): string | undefined {
  const times = asked.map(({ lastReadyNs }) => (lastReadyNs === null ? 0 : msOfNs(lastReadyNs)));
  const latest = Math.max(...times);
  return times.includes(0) || latest <= nowMs ? undefined : isoOfMs(latest);
}
