const halfLifeMs = 8_000;

/** How fast it goes, smoothed over the last seconds. */
export interface Pace {
  /** Bytes a second; undefined until there is something to tell. */
  readonly bytesPerSecond: number | undefined;
  /** Takes the number of bytes done at a time in milliseconds. */
  add(nowMs: number, doneBytes: number): void;
}

/** Begins to measure. */
export function startPace(startMs: number): Pace {
  let lastMs = startMs;
  let lastBytes = 0;
  let smoothed: number | undefined;
  return {
    get bytesPerSecond() {
      return smoothed;
    },
    add(nowMs, doneBytes) {
      const passedMs = nowMs - lastMs;
      if (passedMs < 200) return;
      const current = Math.max(0, ((doneBytes - lastBytes) * 1000) / passedMs);
      const weight = smoothed === undefined ? 1 : 1 - 0.5 ** (passedMs / halfLifeMs);
      smoothed = (smoothed ?? 0) * (1 - weight) + current * weight;
      lastMs = nowMs;
      lastBytes = doneBytes;
    },
  };
}

/** Seconds that are left; undefined where it cannot be told. */
export function secondsLeft(
  doneBytes: number,
  totalBytes: number | undefined,
  bytesPerSecond: number | undefined,
): number | undefined {
  if (totalBytes === undefined || bytesPerSecond === undefined || bytesPerSecond < 1)
    return undefined;
  return Math.max(0, totalBytes - doneBytes) / bytesPerSecond;
}
