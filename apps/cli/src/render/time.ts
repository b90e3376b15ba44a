function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A time as people read it, in their own zone, to the minute: `2026-03-01 14:05`. */
export function minute(time: Date): string {
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** A time to wait for, in the zone of the machine: `02:09:07` on the same day, else with its date. */
export function moment(iso: string, now: Date): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return time.toDateString() === now.toDateString()
    ? `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
    : minute(time);
}

/** The minute of nanoseconds since 1970. */
export function minuteOfNs(timeNs: bigint): string {
  return minute(new Date(Number(timeNs / 1_000_000n)));
}

/** ISO 8601 UTC of nanoseconds since 1970, with all nine digits. */
export function isoOfNs(timeNs: bigint): string {
  const seconds = timeNs / 1_000_000_000n - (timeNs % 1_000_000_000n < 0n ? 1n : 0n);
  const rest = timeNs - seconds * 1_000_000_000n;
  const whole = new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, "");
  return `${whole}.${rest.toString().padStart(9, "0")}Z`;
}

/** A duration as people read it: `8 s`, `2 min`, `1 h 05 min`, `3 days`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) {
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  }
  return `${Math.round(minutes / 60 / 24)} days`;
}
