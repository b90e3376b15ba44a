import { ColdstowError, isColdstowError, objectKey } from "@coldstow/contracts";
import type { OpenDestination } from "../archive/archive.ts";
import { hex } from "../pack/member-line.ts";
import { fetchObject } from "./fetch-object.ts";
import type { Inspection } from "./inspection.ts";
import { judge, judgeSize, missing, type Verdict } from "./judge.ts";
import type { KnownCopy, KnownPack, SeenObject } from "./known-copies.ts";
import { packWithDigest, packWithNumber, placementsOf } from "./placements.ts";
import { reaches, type CopyLevel } from "./verification.ts";
import type { VerifyContext } from "./verify-context.ts";

/** What looking at one copy showed. `level` is how closely it was looked at in the end. */
export interface CopyCheck {
  readonly level: CopyLevel;
  readonly verdict: Verdict | undefined;
  /** Every byte was read. */
  readonly read: boolean;
  /** Why it was not looked at as closely as wanted. */
  readonly notRead?: string;
}

const maxSpoolSlack = 1 << 20;

/**
 * Looks at one copy.
 * @param wanted how closely; `decrypt` of a copy that cannot be read falls back to what can be said
 * @throws what kept it from being looked at, such as {E_TEMPORARY | E_PERMISSION}
 */
export async function checkCopy(
  context: VerifyContext,
  copy: KnownCopy,
  wanted: CopyLevel,
): Promise<CopyCheck> {
  const destination = context.destinations.get(copy.destination);
  if (destination === undefined) throw new ColdstowError("E_INTERNAL", "No such destination.");
  const level = possibleLevel(copy.pack, wanted);
  const seen = copy.seen ?? (await lookAgain(destination, copy.pack));
  if (seen === undefined) return { level: "exists", verdict: missing, read: false };
  if (level === "exists") return { level, verdict: undefined, read: false };
  const size = judgeSize(copy.pack, seen.sizeBytes);
  const readable = isReadable(destination, seen, level);
  if (level === "size" || (size !== undefined && !readable)) {
    return { level: "size", verdict: size, read: false };
  }
  if (readable) {
    try {
      return await read(context, destination, copy.pack, seen, level);
    } catch (error) {
      const frozen =
        isColdstowError(error) && (error.code === "E_FROZEN" || error.code === "E_THAWING");
      if (!frozen) throw error;
    }
  }
  return askServer(destination, copy, seen, level);
}

/** What is known of a pack decides how closely it can be looked at. */
function possibleLevel(pack: KnownPack, wanted: CopyLevel): CopyLevel {
  if (pack.sizeBytes === undefined) return "exists";
  if (pack.sha256 === undefined && reaches(wanted, "digest")) return "size";
  return wanted === "decrypt" && pack.format === "pyarchiver" ? "digest" : wanted;
}

/** A list that lacks an object is not enough to call it gone. */
async function lookAgain(
  destination: OpenDestination,
  pack: KnownPack,
): Promise<SeenObject | undefined> {
  const info = await destination.backend.stat(objectKey(pack.key));
  if (info === undefined) return undefined;
  const { digest } = info;
  return {
    sizeBytes: info.sizeBytes,
    digest: digest === undefined ? undefined : `${digest.algorithm}:${digest.hex}`,
    state: info.state,
  };
}

function isReadable(destination: OpenDestination, seen: SeenObject, level: CopyLevel): boolean {
  if (seen.state === "frozen" || seen.state === "thawing") return false;
  // Reading for a digest alone is not worth money; who asks to decrypt has asked to read.
  return destination.backend.capabilities.freeRead || level === "decrypt";
}

async function read(
  context: VerifyContext,
  destination: OpenDestination,
  pack: KnownPack,
  seen: SeenObject,
  level: CopyLevel,
): Promise<CopyCheck> {
  try {
    const inspection = await inspect(context, destination, pack, seen, level);
    const verdict = judge(pack, inspection, {
      archiveId: context.archiveId,
      packWithDigest: (sha256) => packWithDigest(context.driver, sha256, pack.id),
      packWithNumber: (run, number) => packWithNumber(context.driver, run, number),
    });
    return { level, verdict, read: true };
  } catch (error) {
    if (!isColdstowError(error)) throw error;
    if (error.code === "E_NOT_FOUND") return { level: "exists", verdict: missing, read: false };
    const badSector = error.code === "E_IO" && destination.backend.staged !== undefined;
    if (error.code !== "E_FIXITY" && error.code !== "E_LENGTH" && !badSector) throw error;
    const what = `cannot be read back: ${error.message}`;
    return { level, verdict: { problem: "damaged", code: "E_FIXITY", what }, read: false };
  }
}

async function inspect(
  context: VerifyContext,
  destination: OpenDestination,
  pack: KnownPack,
  seen: SeenObject,
  level: CopyLevel,
): Promise<Inspection> {
  const key = objectKey(pack.key);
  const { backend } = destination;
  const job = {
    sealed: pack.sealed,
    zstd: pack.format === "tar.zst",
    tarBytes: pack.tarBytes ?? Number.MAX_SAFE_INTEGER,
    ...(level === "decrypt" && { placements: placementsOf(context.driver, pack.id) }),
  };
  if (backend.staged !== undefined) {
    return context.pool.run({ ...job, path: backend.staged.pathOf(key) });
  }
  const path = await context.spool.newPath(`verify-${pack.id}`);
  try {
    await fetchObject(backend, key, path, seen.sizeBytes + maxSpoolSlack, context.signal);
    return await context.pool.run({ ...job, path });
  } finally {
    await context.spool.remove(path);
  }
}

/** The store's own word, where the bytes are not read. */
async function askServer(
  destination: OpenDestination,
  copy: KnownCopy,
  seen: SeenObject,
  level: CopyLevel,
): Promise<CopyCheck> {
  const { title } = destination;
  const frozen = seen.state === "frozen" || seen.state === "thawing";
  const why = frozen ? `at ${title} are frozen` : `at ${title} cost money to read`;
  const told = seen.digest ?? (await lookAgain(destination, copy.pack))?.digest;
  const known = knownDigest(copy, told);
  if (told === undefined || known === undefined) {
    return { level: "size", verdict: undefined, read: false, notRead: why };
  }
  if (told === known) {
    const note = level === "decrypt" ? { notRead: why } : {};
    return { level: "digest", verdict: undefined, read: false, ...note };
  }
  const what = `is damaged: ${title} says that its digest is ${told}, and ${known} was stored`;
  return {
    level: "digest",
    verdict: { problem: "damaged", code: "E_FIXITY", what },
    read: false,
  };
}

function knownDigest(copy: KnownCopy, told: string | undefined): string | undefined {
  if (told === undefined) return undefined;
  const { sha256 } = copy.pack;
  if (told.startsWith("sha256:") && sha256 !== undefined) return `sha256:${hex(sha256)}`;
  const algorithm = told.slice(0, told.indexOf(":") + 1);
  return copy.remoteDigest?.startsWith(algorithm) === true ? copy.remoteDigest : undefined;
}
