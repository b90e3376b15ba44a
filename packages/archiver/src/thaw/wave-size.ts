import type { ThawTerms } from "@coldstow/contracts";

/** How fast a destination is taken to be before anything was fetched from it: 10 MB/s. */
export const defaultBytesPerSecond = 10_000_000;

/** The part of the time that objects stay ready in which they are planned to be fetched. */
export const usedShare = 0.7;

/** The next wave is asked for when so little of what may be on its way is left to fetch. */
export const lowShare = 0.2;

const secondsPerDay = 24 * 60 * 60;

/** Where the place lets one say for how many days: as long as fetching takes, and two days. */
export function daysFor(bytes: number, bytesPerSecond: number): number {
  return Math.ceil(bytes / bytesPerSecond / secondsPerDay) + 2;
}

/**
 * How many bytes may be asked for and not yet fetched, so that they are fetched while they are
 * ready; infinite where the days are chosen so that everything fits.
 */
export function waveBytes(
  terms: Pick<ThawTerms, "readyHours">,
  days: number | undefined,
  bytesPerSecond: number,
): number {
  const hours = terms.readyHours ?? (days === undefined ? Infinity : days * 24);
  return hours * 60 * 60 * bytesPerSecond * usedShare;
}

/**
 * How much more may be asked for: nothing while much of the last wave is still to be fetched, so that
 * windows overlap only a little.
 */
export function roomFor(waveLimitBytes: number, outstandingBytes: number): number {
  if (outstandingBytes > waveLimitBytes * lowShare) return 0;
  return waveLimitBytes - outstandingBytes;
}
