import type { CopiesReport } from "@coldstow/archiver";
import { counted } from "../render/count.ts";
import { number, size } from "../render/size.ts";
import { isoOfNs, minuteOfNs } from "../render/time.ts";

/** How far the copies keep the policy, for `--json`. */
export function copiesDocument(report: CopiesReport): object {
  const { secondVerifiedSinceNs, ...rest } = report;
  return {
    ...rest,
    secondVerifiedSince:
      secondVerifiedSinceNs === undefined ? null : isoOfNs(secondVerifiedSinceNs),
  };
}

/** How far the copies keep the policy, and what the loss of a place would mean, for people. */
export function copiesLines(report: CopiesReport): string[] {
  const { policy, packs, lostPacks, withCopies, withKinds, places, filesUnplaced } = report;
  return [
    keptLine("copies", policy.copies, withCopies, packs),
    ...(policy.kinds > 1 ? [keptLine("kinds", policy.kinds, withKinds, packs)] : []),
    ...(lostPacks === 0
      ? []
      : [`${counted(lostPacks, "pack has", "packs have")} no good copy anywhere any more.`]),
    ...secondLines(report),
    ...places.map(({ destination, files, bytes }) =>
      files === 0
        ? `If ${destination} were lost: no file would be lost with it.`
        : `If ${destination} were lost: ${counted(files, "file")} (${size(bytes)}) would have no copy.`,
    ),
    ...(filesUnplaced === 0
      ? []
      : [
          `Where ${counted(filesUnplaced, "file lies", "files lie")} is not known: taken over from pyArchiver.`,
        ]),
  ];
}

/** What helps where one place holds the only copies. */
export function copiesAdvice(
  { destinations, filesAtRisk }: CopiesReport,
  toCome: readonly string[],
): string[] {
  return destinations + toCome.length === 1 && filesAtRisk > 0
    ? ["There is one destination, so one copy. Name a second one in [Repository] type."]
    : [];
}

function keptLine(name: string, wanted: number, kept: number, packs: number): string {
  return `${name} = ${wanted}: kept for ${number(kept)} of ${counted(packs, "pack")}`;
}

function secondLines(report: CopiesReport): string[] {
  const { destinations, packs, secondVerifiedSinceNs, withoutVerifiedSecond } = report;
  if (destinations < 2 || packs === 0) return [];
  return secondVerifiedSinceNs === undefined
    ? [
        `Second copies: ${number(withoutVerifiedSecond)} of ${counted(packs, "pack")} without a verified one`,
      ]
    : [`Second copies: all verified since ${minuteOfNs(secondVerifiedSinceNs)}`];
}
