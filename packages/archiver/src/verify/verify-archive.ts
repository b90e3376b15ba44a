import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { ColdstowError, throwIfCancelled } from "@coldstow/contracts";
import { recipientOf } from "@coldstow/crypto";
import type { Archive } from "../archive/archive.ts";
import { chosenDestinations } from "./chosen-destinations.ts";
import { nowNs } from "../archive/clock.ts";
import { Spool } from "../run/spool.ts";
import { checkCompanions } from "./check-companions.ts";
import { CopyCounts } from "./check-pack.ts";
import { checkPacks } from "./check-packs.ts";
import type { KnownCopy } from "./known-copies.ts";
import { Sample } from "./sample.ts";
import { SeenObjects } from "./seen-objects.ts";
import { reaches, type CopyLevel, type VerifyOptions, type VerifyReport } from "./verification.ts";
import type { VerifyContext } from "./verify-context.ts";
import { VerifyFindings } from "./verify-findings.ts";
import { VerifyPool } from "./verify-pool.ts";

const maxWorkers = 8;
const dayMs = 86_400_000;
const catalogueFindings = 100;

/**
 * Proves that an archive's copies are what was stored, as closely as `level` says, and notes each
 * result in the catalogue, so that the next run heals what is bad. Nothing at a destination is
 * changed. Findings are a result, not an error. The archive must be locked by the caller.
 * O(objects · log), and from `digest` on O(bytes); memory stays flat.
 * @throws {E_INPUT_NEEDED | E_WRONG_KEY} if the packs are to be opened and the keys do not
 * @throws {E_NOT_FOUND} naming a destination that the archive does not have
 * @throws {E_CANCELLED} what was verified until then is noted
 */
export async function verifyArchive(
  archive: Archive,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { level, progress, signal, keys = [] } = options;
  const { driver } = archive.catalogue;
  checkShare(options);
  const chosen = chosenDestinations(archive, options.destinations);
  if (reaches(level, "decrypt") || level === "sample") await checkKeys(archive, keys);
  const findings = new VerifyFindings(progress);
  const workers = Math.max(1, options.jobs ?? Math.min(maxWorkers, availableParallelism()));
  const context: VerifyContext = {
    archive,
    driver,
    archiveId: (await archive.catalogue.meta("archive_id")) ?? "",
    destinations: new Map(chosen.map((one) => [one.id, one])),
    findings,
    pool: new VerifyPool(workers, keys),
    spool: Spool.of(archive.path, archive.settings),
    signal,
  };
  const counts = new CopyCounts();
  const seen = new SeenObjects(driver);
  const cancel = (): void => context.pool.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    // A verification that was killed leaves what it had fetched.
    await context.spool.clear();
    await checkCatalogue(context);
    const reached = await listAll(context, seen);
    const sample =
      level === "sample"
        ? new Sample(driver, options.seed ?? randomBytes(8).toString("hex"), options.sampleShare)
        : undefined;
    const levelOf = levelChooser(options, sample);
    await checkPacks({ ...context, destinations: reached }, { levelOf, workers, progress, counts });
    for (const destination of reached.values()) {
      tellUnknown(context, seen, destination.id, destination.name);
      if (await holdsAnything(context, destination.id)) {
        await checkCompanions(context, destination, level);
      }
    }
    tellNotes(context, counts, sample);
    return reportOf(options, sample, context, counts);
  } finally {
    signal?.removeEventListener("abort", cancel);
    await context.pool.close();
    await context.spool.clear();
    seen.drop();
  }
}

function checkShare({ sampleShare }: VerifyOptions): void {
  if (sampleShare === undefined || (sampleShare > 0 && sampleShare <= 1)) return;
  throw new ColdstowError("E_USAGE", `${sampleShare} is no share: it must be above 0, at most 1.`);
}

async function checkKeys(archive: Archive, keys: readonly string[]): Promise<void> {
  const recipients = ((await archive.catalogue.meta("recipients")) ?? "").split("\n");
  if (recipients.every((one) => one === "")) return;
  if (keys.length === 0) {
    throw new ColdstowError(
      "E_INPUT_NEEDED",
      `The packs of ${archive.path} can only be opened with its identity. Nothing was checked.`,
      { subject: archive.path, hint: "Give the passphrase, or verify at the level digest." },
    );
  }
  if (keys.some((key) => recipients.includes(recipientOf(key)))) return;
  throw new ColdstowError(
    "E_WRONG_KEY",
    `The identity is not one of ${archive.path}. Nothing was checked.`,
    { subject: archive.path },
  );
}

async function checkCatalogue(context: VerifyContext): Promise<void> {
  const { archive, findings } = context;
  let left = catalogueFindings;
  for await (const { message } of archive.catalogue.integrityCheck()) {
    findings.add({
      problem: "catalogue",
      code: "E_CORRUPT",
      key: archive.path,
      destination: undefined,
      message: `The catalogue contradicts itself: ${message}.`,
      filesAffected: 0,
      paths: [],
      hint: `Bring the catalogue back from a destination: coldstow recover.`,
    });
    left -= 1;
    if (left === 0) return;
  }
}

/** Lists every destination; one that does not answer is left out and told. */
async function listAll(
  context: VerifyContext,
  seen: SeenObjects,
): Promise<VerifyContext["destinations"]> {
  const reached = new Map(context.destinations);
  for (const destination of context.destinations.values()) {
    try {
      const objects = await seen.fill(destination, context.signal);
      const page = await context.archive.catalogue.copiesOnDestination(destination.id, {
        state: "stored",
        limit: 1,
      });
      if (objects === 0 && page.rows.length > 0) {
        context.findings.note(
          `Nothing lies at ${destination.title}. If its disk is not mounted, mount it and verify again before the next resume.`,
        );
      }
    } catch (error) {
      reached.delete(destination.id);
      context.findings.couldNotCheck(destination.name, undefined, error);
    }
  }
  throwIfCancelled(context.signal);
  return reached;
}

/** False where nothing of the archive was ever stored, or all of it was deleted. */
async function holdsAnything(
  { archive, driver }: VerifyContext,
  destination: number,
): Promise<boolean> {
  const copy = driver
    .prepare("SELECT 1 FROM copy WHERE destination = ? AND state <> 'deleted' LIMIT 1")
    .get(destination);
  return copy !== undefined || (await archive.catalogue.catalogueCopies(destination)).length > 0;
}

function levelChooser(
  options: VerifyOptions,
  sample: Sample | undefined,
): (copy: KnownCopy) => CopyLevel {
  const { level, maxAgeDays } = options;
  const since = maxAgeDays === undefined ? undefined : daysAgo(maxAgeDays);
  return (copy) => {
    let wanted: CopyLevel = level === "sample" ? "size" : level;
    if (sample?.has(copy.pack.key) === true) wanted = "decrypt";
    const isFresh =
      since !== undefined &&
      copy.state === "stored" &&
      copy.verifiedNs !== null &&
      copy.verifiedNs >= since &&
      copy.verifiedLevel !== undefined &&
      reaches(copy.verifiedLevel, wanted);
    return isFresh && reaches(wanted, "digest") ? "size" : wanted;
  };
}

function daysAgo(days: number): bigint {
  return nowNs() - BigInt(Math.round(days * dayMs)) * 1_000_000n;
}

function tellUnknown(
  { findings }: VerifyContext,
  seen: SeenObjects,
  destination: number,
  name: string,
): void {
  let unrecorded = 0;
  for (const { key, pack } of seen.unknown(destination)) {
    if (pack === "planned" || pack === "stored") {
      unrecorded += 1;
      continue;
    }
    findings.add({
      problem: "unknown object",
      code: "E_FIXITY",
      key,
      destination: name,
      message: `${key} at ${name} is not known to this archive's catalogue. No file is affected.`,
      filesAffected: 0,
      paths: [],
      hint: "It may belong to another archive in the same place; coldstow never removes it.",
    });
  }
  if (unrecorded === 0) return;
  findings.note(
    `${unrecorded} objects at ${name} are left of an upload that was cut; the next resume settles them.`,
  );
}

function tellNotes(
  { findings }: VerifyContext,
  counts: CopyCounts,
  sample: Sample | undefined,
): void {
  if (sample !== undefined) findings.note(`The packs were chosen with the seed ${sample.seed}.`);
  for (const [why, copies] of counts.notRead) {
    findings.note(`${copies} copies ${why}: they were not read.`);
  }
  if (counts.superseded === 0) return;
  findings.note(
    `${counts.superseded} bad copies are known from before; all that they held was stored again since.`,
  );
}

function reportOf(
  options: VerifyOptions,
  sample: Sample | undefined,
  { findings, pool }: VerifyContext,
  counts: CopyCounts,
): VerifyReport {
  return {
    level: options.level,
    seed: sample?.seed,
    packs: counts.packs,
    copies: counts.copies,
    copiesRead: counts.copiesRead,
    bytes: pool.bytes(),
    findings: findings.findings,
    findingsTotal: findings.findingsTotal,
    filesAffected: findings.filesAffected,
    unchecked: findings.unchecked,
    uncheckedTotal: findings.uncheckedTotal,
    copiesNotRead: [...counts.notRead.values()].reduce((sum, one) => sum + one, 0),
    notes: findings.notes,
  };
}
