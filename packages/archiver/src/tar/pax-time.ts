const nsPerSecond = 1_000_000_000n;

/** Digits before the point that a time may have; far beyond any clock, and cheap to read. */
const maxSecondDigits = 20;

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/u;

/**
 * A time as a pax record gives it: decimal seconds since 1970, with nine decimals where it is not a
 * whole second. Negative times are the decimal number they are: -1 ns is `-0.000000001`
 * (POSIX pax, "pax Extended Header", `mtime`).
 */
export function formatPaxTime(timeNs: bigint): string {
  const size = timeNs < 0n ? -timeNs : timeNs;
  const sign = timeNs < 0n ? "-" : "";
  const rest = Number(size % nsPerSecond);
  const seconds = `${sign}${size / nsPerSecond}`;
  return rest === 0 ? seconds : `${seconds}.${String(rest).padStart(9, "0")}`;
}

/**
 * The time in nanoseconds that a pax record gives, exactly; what is finer is rounded towards the past.
 * Python writes very small times with an exponent, so one is understood.
 * Returns undefined for anything else.
 */
export function parsePaxTime(text: string): bigint | undefined {
  if (text.length > 128) return undefined;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = whole + fraction;
  const shift = 9 - fraction.length + Number(exponent);
  if (digits.length + shift - 9 > maxSecondDigits) return undefined;
  const keep = digits.length + shift;
  const size =
    shift >= 0
      ? BigInt(digits + "0".repeat(shift))
      : BigInt(keep > 0 ? digits.slice(0, keep) : "0");
  const dropped = shift < 0 && /[1-9]/u.test(digits.slice(Math.max(keep, 0)));
  if (sign !== "-") return size;
  return dropped ? -size - 1n : -size;
}
