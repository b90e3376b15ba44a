import { writeAscii } from "./number-field.ts";

function decimalDigits(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  return digits;
}

/** Length of the record `LENGTH KEY=VALUE\n`, which counts its own length's digits. */
export function paxRecordBytes(keyLength: number, valueLength: number): number {
  const rest = keyLength + valueLength + 3;
  const guess = rest + decimalDigits(rest);
  return rest + decimalDigits(guess);
}

/**
 * Writes one record of a pax extended header at `at` and returns the position behind it
 * (POSIX pax, "pax Extended Header").
 *
 * @param key ASCII, without `=`
 * @param value ASCII text, or the raw bytes of a name
 */
export function writePaxRecord(
  buffer: Uint8Array,
  at: number,
  key: string,
  value: string | Uint8Array,
): number {
  let next = writeAscii(buffer, at, String(paxRecordBytes(key.length, value.length)));
  buffer[next] = 0x20;
  next = writeAscii(buffer, next + 1, key);
  buffer[next] = 0x3d;
  next += 1;
  if (typeof value === "string") next = writeAscii(buffer, next, value);
  else {
    buffer.set(value, next);
    next += value.length;
  }
  buffer[next] = 0x0a;
  return next + 1;
}
