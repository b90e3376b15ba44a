import { ColdstowError } from "@coldstow/contracts";
import { Args, Flags } from "@oclif/core";

/** The archive that a command works on. */
export const archiveArgument = Args.string({
  name: "ARCHIVE",
  description: "the archive, such as photos.archive",
  required: true,
});

/** As of which run. */
export const runFlag = Flags.integer({
  description: "as of this run; default: the newest",
  helpValue: "N",
  min: 1,
});

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** A size: bytes, or with k, M, G, T in binary units. */
export const sizeFlag = Flags.custom<number>({
  helpValue: "SIZE",
  parse: async (text) => {
    const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
    const bytes = Number(found?.[1]) * (units[(found?.[2] ?? "").toLowerCase()] ?? 1);
    if (Number.isSafeInteger(Math.floor(bytes))) return Math.floor(bytes);
    throw new ColdstowError(
      "E_USAGE",
      `${JSON.stringify(text)} is not a size; allowed: bytes, or a number with k, M, G or T`,
    );
  },
});

/** A day or a time, in nanoseconds since 1970. */
export const timeFlag = Flags.custom<bigint>({
  helpValue: "TIME",
  parse: async (text) => {
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
    const time = Date.parse(isDay ? `${text}T00:00` : text);
    if (!Number.isNaN(time) && /^\d{4}-/.test(text)) return BigInt(time) * 1_000_000n;
    throw new ColdstowError(
      "E_USAGE",
      `${JSON.stringify(text)} is not a time; allowed: a day such as 2026-03-01, or an ISO 8601 time`,
    );
  },
});
