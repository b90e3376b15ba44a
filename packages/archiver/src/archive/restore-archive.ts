import type { Catalogue } from "@coldstow/catalogue";
import {
  ColdstowError,
  type ErrorCode,
  isColdstowError,
  type ProgressSink,
} from "@coldstow/contracts";
import type { RestoreOptions, RestoreResult } from "../restore/restore-options.ts";
import { restoreTree } from "../restore/restore-tree.ts";
import type { ThawChoices } from "../thaw/thaw-choices.ts";
import { chosenDestinations } from "../verify/chosen-destinations.ts";
import type { Archive } from "./archive.ts";
import { archiveIdentities, type ArchiveKeys } from "./archive-identities.ts";
import type { BackendAccess } from "./backend-access.ts";
import { openArchive, openCatalogue, type OpenArchive } from "./open-archive.ts";
import { restoreTars, type TarsSource, withoutRestored } from "./restore-tars.ts";
import { liesIn } from "./within-tree.ts";

export interface RestoreArchiveOptions extends Omit<RestoreOptions, "identities" | "openNotes"> {
  readonly path: string;
  readonly keys: ArchiveKeys;
  readonly backends: BackendAccess;
  readonly bytesPerSecond?: number;
  /** Read from this destination only, named as in the ini; default: from the best copy of each pack. */
  readonly from?: string;
  /** For an archive that was pyArchiver's. */
  readonly tars?: TarsSource;
}

export interface RestoreArchiveResult extends RestoreResult {
  /** Of the failed ones, those whose bytes are damaged or missing in every copy that was reached. */
  readonly damaged: number;
}

/**
 * Brings a tree, or a part of it, back from an archive's destinations. What the archive holds is not
 * changed, and it may be in use meanwhile; only what is asked for of frozen packs is noted in it.
 * @throws {E_USAGE} if the tree would be written among an archive's packs
 * @throws what `openArchive`, `archiveIdentities` and `restoreTree` throw
 */
export async function restoreArchive(
  options: RestoreArchiveOptions,
): Promise<RestoreArchiveResult> {
  const { from } = options;
  const archive = await openArchive(options.path, {
    ...options,
    access: "read",
    ...(from !== undefined && { needed: [from] }),
  });
  try {
    const { catalogue, settings, destinations } = archive;
    for (const { localPath } of destinations) {
      if (localPath !== undefined) refuseAmongPacks(localPath, options.destination);
    }
    const [source] = settings.directories;
    if (
      source !== undefined &&
      source !== options.destination &&
      liesIn(source, options.destination)
    ) {
      const message = `${options.destination} lies in the archived directory: the next resume will store what is restored there, too.`;
      options.progress({ type: "warning", message });
    }
    const { path, keys } = options;
    const identities = await archiveIdentities(path, catalogue, keys, settings.password);
    return await restoreAll(readFrom(archive, from), identities, options);
  } catch (error) {
    if (!isColdstowError(error) || error.code !== "E_NO_SPACE") throw error;
    const { message, subject = options.destination } = error;
    const hint = "Make room, then run the same command again: it goes on where it stopped.";
    throw new ColdstowError("E_NO_SPACE", message, { subject, hint, cause: error });
  } finally {
    await archive.close();
  }
}

async function restoreAll(
  archive: OpenArchive,
  identities: readonly string[],
  options: RestoreArchiveOptions,
): Promise<RestoreArchiveResult> {
  let damaged = 0;
  const counting: ProgressSink = (event) => {
    if (event.type === "item" && isLost(event.code)) damaged += 1;
    options.progress(event);
  };
  const { bytesPerSecond, path } = options;
  const thaw: ThawChoices = { ...options.thaw, ...(bytesPerSecond && { bytesPerSecond }) };
  const openNotes = (): Promise<Catalogue> => openCatalogue(path, false);
  const counted = { ...options, thaw, openNotes, progress: counting };
  const old = await restoreTars(archive, counted, options.tars);
  if (old === undefined) {
    const result = await restoreTree(archive, { ...counted, identities });
    return { ...result, damaged };
  }
  const { sink, dropped } = withoutRestored(old, counting);
  const result = await restoreTree(archive, { ...counted, identities, progress: sink });
  const { restored, skipped, failed, bytes } = old.result;
  return {
    ...result,
    restored: restored + result.restored,
    // What the tars brought back is there already when the packs are looked through.
    unchanged: Math.max(0, result.unchanged - restored),
    skipped: skipped + result.skipped,
    failed: failed + result.failed - dropped(),
    bytes: bytes + result.bytes,
    damaged,
  };
}

function isLost(code: ErrorCode | undefined): boolean {
  return code === "E_FIXITY" || code === "E_LENGTH" || code === "E_MISSING";
}

/** The archive with one of its destinations only. @throws {E_NOT_FOUND} if it has none of that name */
export function readFrom<A extends Archive>(archive: A, name: string | undefined): A {
  if (name === undefined) return archive;
  return { ...archive, destinations: chosenDestinations(archive, [name]) };
}

/** @throws {E_USAGE} */
export function refuseAmongPacks(packsFolder: string, destination: string): void {
  if (!liesIn(packsFolder, destination)) return;
  throw new ColdstowError(
    "E_USAGE",
    `${destination} is the folder where the archive's packs lie. Nothing was restored.`,
    { subject: destination, hint: "Restore into another folder." },
  );
}
