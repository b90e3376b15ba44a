import type { ErrorCode } from "@coldstow/contracts";
import { chunkBytes } from "@coldstow/crypto";
import type { PlainRange } from "./affected-files.ts";
import type { Inspection, PackOrigin } from "./inspection.ts";
import type { KnownPack } from "./known-copies.ts";
import type { Problem } from "./verification.ts";

/** What is wrong with one copy, in words that follow "KEY at DESTINATION". */
export interface Verdict {
  readonly problem: Problem;
  readonly code: ErrorCode;
  readonly what: string;
  /** Plain bytes of the tar that are lost; undefined where all of it is. */
  readonly ranges?: readonly PlainRange[];
}

/** What the judge may ask of the catalogue. */
export interface Packs {
  readonly archiveId: string;
  readonly packWithDigest: (sha256: Uint8Array) => string | undefined;
  readonly packWithNumber: (run: number, number: number) => string | undefined;
}

export const missing: Verdict = { problem: "missing", code: "E_MISSING", what: "is gone" };

/** The verdict on a size alone; undefined where it is right. */
export function judgeSize(pack: KnownPack, sizeBytes: number): Verdict | undefined {
  if (pack.sizeBytes === undefined || sizeBytes === pack.sizeBytes) return undefined;
  if (sizeBytes > pack.sizeBytes) {
    const what = `has ${sizeBytes - pack.sizeBytes} bytes too many: ${sizeBytes}, not ${pack.sizeBytes}`;
    return { problem: "damaged", code: "E_FIXITY", what };
  }
  const held = sizeBytes === 0 ? "is empty" : `was cut to ${sizeBytes} bytes`;
  return {
    problem: "truncated",
    code: "E_FIXITY",
    what: `${held}; ${pack.sizeBytes} were stored`,
  };
}

/**
 * What an inspection says of a copy; undefined where all is right. An object that is whole but not the
 * one that its key names is said to be so before anything else.
 */
export function judge(pack: KnownPack, seen: Inspection, packs: Packs): Verdict | undefined {
  const same = pack.sha256 !== undefined && Buffer.compare(seen.sha256, pack.sha256) === 0;
  const other =
    judgeOrigin(pack, seen.origin, packs) ?? (same ? undefined : judgeDigest(seen, packs));
  if (other !== undefined) return other;
  const size = judgeSize(pack, seen.sizeBytes);
  if (size !== undefined) return { ...size, ...rangesOf(pack, seen) };
  if (seen.envelope !== undefined) return judgeEnvelope(same, seen.envelope.message);
  if (seen.damagedChunks > 0) {
    const [start] = seen.damagedRanges[0] ?? [0];
    const what = `is damaged: ${seen.damagedChunks} of its 64 KiB chunks were changed, the first at plain byte ${start}`;
    return { problem: "damaged", code: "E_FIXITY", what, ...rangesOf(pack, seen) };
  }
  if (!same && pack.sha256 !== undefined) {
    return {
      problem: "damaged",
      code: "E_FIXITY",
      what: "is damaged: its SHA-256 is not what was stored",
    };
  }
  if (seen.contents !== undefined) {
    const what = `does not hold a whole pack: ${seen.contents.message}`;
    return { problem: "damaged", code: seen.contents.code, what };
  }
  if (seen.wrongMembers === 0) return undefined;
  return {
    problem: "damaged",
    code: "E_FIXITY",
    what: `holds ${seen.wrongMembers} wrong members: ${seen.firstWrong ?? ""}`,
  };
}

function judgeOrigin(
  pack: KnownPack,
  origin: PackOrigin | undefined,
  packs: Packs,
): Verdict | undefined {
  if (origin === undefined) return undefined;
  if (origin.archive !== packs.archiveId) {
    const what = `is a pack of another archive, ${origin.archive}`;
    return { problem: "foreign", code: "E_FIXITY", what };
  }
  if (origin.run === pack.run && origin.number === pack.number) return undefined;
  const key = packs.packWithNumber(origin.run, origin.number);
  const name = `pack ${origin.number} of run ${origin.run}${key === undefined ? "" : `, ${key}`}`;
  return {
    problem: "swapped",
    code: "E_FIXITY",
    what: `was swapped: it is ${name}, under a wrong name`,
  };
}

function judgeDigest(seen: Inspection, packs: Packs): Verdict | undefined {
  const key = packs.packWithDigest(seen.sha256);
  if (key === undefined) return undefined;
  return {
    problem: "swapped",
    code: "E_FIXITY",
    what: `was swapped: it holds the bytes of ${key}, under a wrong name`,
  };
}

function judgeEnvelope(same: boolean, reason: string): Verdict {
  const code: ErrorCode = same ? "E_WRONG_KEY" : "E_FIXITY";
  const what = same
    ? `is as it was stored, but does not open: ${reason}`
    : `is damaged in its header, or was sealed for another archive: ${reason}`;
  return { problem: "damaged", code, what };
}

/** In a compressed pack an offset of the envelope says nothing about the tar. */
function rangesOf(pack: KnownPack, seen: Inspection): { ranges?: readonly PlainRange[] } {
  if (pack.format !== "tar" || seen.damagedRanges.length === 0) return {};
  const named = seen.damagedRanges.reduce((sum, [start, end]) => sum + end - start, 0);
  if (named < seen.damagedChunks * chunkBytes) return {};
  const cut = pack.sizeBytes !== undefined && seen.sizeBytes < pack.sizeBytes;
  const last = seen.damagedRanges.at(-1);
  if (!cut || last === undefined) return { ranges: seen.damagedRanges };
  return { ranges: [...seen.damagedRanges.slice(0, -1), [last[0], Number.MAX_SAFE_INTEGER]] };
}
