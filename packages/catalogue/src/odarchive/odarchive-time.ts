import { ColdstowError } from "@coldstow/contracts";

const shape = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * A time of a catalogue.json. Versions 1 and 2 have no zone: they mean the local time of the machine
 * that wrote them (docs/formats/odarchive-catalogue.md, "Times").
 * @param zone what a time without a zone is taken for
 * @throws {E_FORMAT}
 */
export function parseTime(text: string, zone: "local" | "utc"): bigint {
  const match = shape.exec(text);
  const [, whole = "", fraction = "", offset] = match ?? [];
  const marked = offset === undefined ? (zone === "utc" ? "Z" : "") : withColon(offset);
  const ms = Date.parse(`${whole.replace(" ", "T")}${marked}`);
  if (match === null || Number.isNaN(ms)) {
    throw new ColdstowError("E_FORMAT", `"${text.slice(0, 64)}" is not a time`);
  }
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

function withColon(offset: string): string {
  return offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset;
}
