import { ColdstowError } from "@coldstow/contracts";
import prettyBytes from "pretty-bytes";

/** A size as people read it, in binary units everywhere: `240 MiB`. */
export function size(bytes: number): string {
  return prettyBytes(bytes, { binary: true });
}

/** A whole number as people read it: `1,234,567`. */
export function number(value: number): string {
  return value.toLocaleString("en-GB");
}

/** A rate: `45.2 MiB/s`. */
export function rate(bytesPerSecond: number): string {
  return `${size(bytesPerSecond)}/s`;
}

const units: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/**
 * Bytes a second from `500k`, `2M`, `1.5MiB/s`; a bare number is bytes.
 * @throws {E_USAGE} for anything else, and for less than 1 KiB a second
 */
export function parseByteRate(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?(?:\/s)?$/i.exec(text.trim());
  const bytes = Number(found?.[1]) * (units[(found?.[2] ?? "").toLowerCase()] ?? 1);
  if (!(bytes >= 1024 && bytes <= Number.MAX_SAFE_INTEGER)) {
    throw new ColdstowError(
      "E_USAGE",
      `${JSON.stringify(text)} is not a rate that can be kept; allowed: a rate from 1k, such as 500k or 2M`,
      { subject: "--bwlimit" },
    );
  }
  return Math.floor(bytes);
}
