import {
  affectedFiles,
  goodCopies,
  holdsNamesOnly,
  isSuperseded,
  type AffectedFiles,
} from "./affected-files.ts";
import { checkCopy, type CopyCheck } from "./check-copy.ts";
import type { CopyRecords } from "./copy-records.ts";
import type { Verdict } from "./judge.ts";
import type { KnownCopy, KnownPack } from "./known-copies.ts";
import type { CopyLevel } from "./verification.ts";
import type { VerifyContext } from "./verify-context.ts";

/** Sums over the copies that were looked at. */
export class CopyCounts {
  packs = 0;
  copies = 0;
  copiesRead = 0;
  superseded = 0;
  /** Copies that could not be read, by the reason. */
  readonly notRead: Map<string, number> = new Map();
}

/**
 * Looks at all copies of one pack, notes what they are, and only then tells what is wrong, so that
 * what is said of other copies is true. Once one copy was decrypted, equal bytes prove the others.
 */
export async function checkPack(
  context: VerifyContext,
  copies: readonly KnownCopy[],
  levelOf: (copy: KnownCopy) => CopyLevel,
  records: CopyRecords,
  counts: CopyCounts,
): Promise<void> {
  const bad: [KnownCopy, Verdict][] = [];
  let decrypted = false;
  for (const copy of copies) {
    const wanted = levelOf(copy);
    try {
      const proven = decrypted && wanted === "decrypt";
      const found = await checkCopy(context, copy, proven ? "digest" : wanted);
      const level = proven && found.level === "digest" ? "decrypt" : found.level;
      if (level === "decrypt" && found.verdict === undefined) decrypted = true;
      count(counts, found);
      const verdict = found.verdict ?? stillDamaged(records.good(copy, level));
      if (verdict === undefined) continue;
      if (found.verdict !== undefined) {
        records.bad(copy, verdict.problem === "missing" ? "missing" : "damaged", level);
      }
      bad.push([copy, verdict]);
    } catch (error) {
      const name = context.destinations.get(copy.destination)?.name ?? "";
      context.findings.couldNotCheck(name, copy.pack.key, error);
    }
  }
  counts.packs += 1;
  if (bad.length === 0) return;
  records.flush();
  for (const [copy, verdict] of bad) tell(context, copy, verdict, counts);
}

function count(counts: CopyCounts, found: CopyCheck): void {
  counts.copies += 1;
  if (found.read && found.verdict === undefined) counts.copiesRead += 1;
  if (found.notRead === undefined) return;
  counts.notRead.set(found.notRead, (counts.notRead.get(found.notRead) ?? 0) + 1);
}

function stillDamaged(isGood: boolean): Verdict | undefined {
  if (isGood) return undefined;
  const what = "was found damaged before, and its bytes were not read now";
  return { problem: "damaged", code: "E_FIXITY", what };
}

function tell(context: VerifyContext, copy: KnownCopy, verdict: Verdict, counts: CopyCounts): void {
  const { driver, findings } = context;
  const { pack } = copy;
  // Known and made good in other packs: nobody is to be troubled with it again.
  if (copy.state !== "stored" && isSuperseded(driver, pack.id)) {
    counts.superseded += 1;
    return;
  }
  const destination = context.destinations.get(copy.destination)?.name;
  const namesOnly = holdsNamesOnly(driver, pack.id);
  const files = affectedFiles(driver, pack.id, verdict.ranges);
  findings.add({
    problem: verdict.problem,
    code: verdict.code,
    key: pack.key,
    destination,
    message: `${pack.key} at ${destination} ${verdict.what}. ${namesOnly ? namesOf(pack) : filesOf(files)}`,
    filesAffected: files.count,
    paths: files.paths,
    hint: hintFor(context, copy, namesOnly),
  });
}

function filesOf({ count: files, paths }: AffectedFiles): string {
  const shown =
    paths.length === 0 ? "" : ` (${paths.join(", ")}${files > paths.length ? ", …" : ""})`;
  return `It affects ${files} ${files === 1 ? "file" : "files"}${shown}.`;
}

function namesOf({ run }: KnownPack): string {
  return `It holds no file, but the links, folders and deletions of run ${run}.`;
}

function hintFor(context: VerifyContext, copy: KnownCopy, namesOnly: boolean): string {
  const { path } = context.archive;
  const others = goodCopies(context.driver, copy.pack.id, copy.destination);
  if (others.length > 0) {
    return `${others.join(", ")} has a good copy: coldstow resume ${path} puts it back.`;
  }
  if (namesOnly) {
    return "No other good copy is known. The catalogue still has all of it, so coldstow restore lacks nothing; a recovery without the catalogue would.";
  }
  return `No other good copy is known: coldstow resume ${path} stores again what the source tree still has, and coldstow recover saves what is whole in this one.`;
}
