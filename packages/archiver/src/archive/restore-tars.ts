import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { displayPath, type ProgressSink } from "@coldstow/contracts";
import {
  extractPyTars,
  legacySelection,
  localLegacyStore,
  pyRoots,
  safeTreeWriter,
} from "../pyarchiver/index.ts";
import type { RestoreOptions, RestoreResult } from "../restore/restore-options.ts";
import { pathMatcher } from "./path-matcher.ts";
import type { OpenArchive } from "./open-archive.ts";

/** Where pyArchiver's tars are, for an archive that was converted. */
export interface TarsSource {
  /** Default: the folder of the archive's first destination on this machine. */
  readonly folder?: string;
  /** Asks for pyArchiver's password; called only if there are ciphered tars. */
  readonly password: () => Promise<string>;
}

export interface RestoredTars {
  readonly result: RestoreResult;
  /** Whether a path, as it is shown to people, came back from a tar. */
  readonly has: (shown: string) => boolean;
}

/**
 * Restores what lies in pyArchiver's tars, as of the run that is asked for.
 * @returns undefined for an archive that has none
 * @throws {E_WRONG_KEY | E_INPUT_NEEDED | E_NOT_FOUND | E_NO_SPACE | E_CANCELLED}
 */
export async function restoreTars(
  archive: OpenArchive,
  options: Omit<RestoreOptions, "identities">,
  tars: TarsSource | undefined,
): Promise<RestoredTars | undefined> {
  const { driver } = archive.catalogue;
  const run = options.run ?? (await archive.catalogue.newestRun());
  const packs = driver
    .prepare("SELECT key, sealed FROM pack WHERE format = 'pyarchiver' AND run <= ?")
    .all(run);
  if (packs.length === 0) return undefined;
  const folder = tars?.folder ?? archive.destinations.find((one) => one.localPath)?.localPath;
  if (folder === undefined || tars === undefined) {
    const message =
      "What lies in pyArchiver's tars was left out: say where they are with --tars FOLDER.";
    options.progress({ type: "warning", message });
    return undefined;
  }
  const { progress, signal, destination, onExisting, select } = options;
  progress({ type: "stage", stage: "restore" });
  const isSealed = packs.some((pack) => pack["sealed"] === 1);
  const isAsked = pathMatcher(select);
  const isWanted = legacySelection(driver, run);
  // Others are looked up by their path; only these have another one when shown.
  const oddNames = new Set<string>();
  let doneBytes = 0;
  const done = await extractPyTars({
    store: localLegacyStore(folder),
    names: packs.map((pack) => String(pack["key"])),
    password: isSealed ? await tars.password() : undefined,
    roots: pyRoots(driver),
    writer: await safeTreeWriter(resolve(destination), onExisting ?? "keep"),
    select: (member) => {
      const isTaken = isAsked(member.path) && isWanted(member);
      const shown = displayPath(member.path);
      if (isTaken && shown !== member.path) oddNames.add(shown);
      return isTaken;
    },
    onProblem: ({ code, tar, member, message }) => {
      const name = displayPath(member ?? tar);
      progress({ type: "item", outcome: "damaged", name, code, message });
    },
    onRead: (bytes) => {
      doneBytes += bytes;
      progress({ type: "advance", stage: "restore", doneBytes, doneItems: 0 });
    },
    ...(signal && { signal }),
  });
  const { written, writtenBytes, kept, failed, brokenTars } = done;
  return {
    result: {
      restored: written,
      unchanged: 0,
      skipped: kept,
      failed: failed + brokenTars,
      bytes: writtenBytes,
    },
    has: (shown) => oddNames.has(shown) || existsSync(join(resolve(destination), shown)),
  };
}

/**
 * A sink that drops what a restore of packs misses and what came back from tars meanwhile.
 * @returns the sink, and how many it dropped
 */
export function withoutRestored(
  tars: RestoredTars,
  progress: ProgressSink,
): { readonly sink: ProgressSink; readonly dropped: () => number } {
  let dropped = 0;
  return {
    sink: (event) => {
      const isMissed = event.type === "item" && event.code === "E_MISSING";
      if (isMissed && tars.has(event.name)) dropped += 1;
      else progress(event);
    },
    dropped: () => dropped,
  };
}
