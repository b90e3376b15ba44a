/** Nanoseconds since 1970 in UTC, as the catalogue counts; the system's clock gives milliseconds. */
export function nowNs(now: Date = new Date()): bigint {
  return BigInt(now.getTime()) * 1_000_000n;
}
