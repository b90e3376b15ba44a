import { ColdstowError } from "@coldstow/contracts";

const nsPerSecond = 1_000_000_000n;
const minNs = -(2n ** 63n);
const maxNs = 2n ** 63n - 1n;
const pattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z$/u;

/**
 * A time as `1969-12-31T23:59:59.999999999Z`: ISO 8601, UTC, nine decimals. Signed 64-bit nanoseconds
 * reach from 1677 to 2262.
 *
 * @throws {E_INTERNAL} for a time beyond that
 */
export function formatIsoTime(timeNs: bigint): string {
  if (timeNs < minNs || timeNs > maxNs) {
    throw new ColdstowError(
      "E_INTERNAL",
      "A time lies outside the years 1677 to 2262 and cannot be written to a manifest. Nothing was written.",
    );
  }
  // BigInt division cuts towards zero; the second below is wanted.
  let seconds = timeNs / nsPerSecond;
  let rest = Number(timeNs % nsPerSecond);
  if (rest < 0) {
    rest += 1_000_000_000;
    seconds -= 1n;
  }
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(rest).padStart(9, "0")}Z`;
}

/** The time that {@link formatIsoTime} wrote, or undefined for anything else. */
export function parseIsoTime(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}Z`);
  if (Number.isNaN(ms)) return undefined;
  const timeNs = BigInt(ms) * 1_000_000n + BigInt(match[2] ?? "0");
  // A day like 30 February is taken for another one by some parsers.
  const same = timeNs >= minNs && timeNs <= maxNs && formatIsoTime(timeNs) === text;
  return same ? timeNs : undefined;
}
