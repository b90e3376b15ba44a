import { basename, resolve } from "node:path";
import { ColdstowError, displayPath, silent } from "@coldstow/contracts";
import { extractPyTars, safeTreeWriter, type LegacyStore } from "../pyarchiver/index.ts";
import {
  decryptPacks,
  folderSource,
  recoverArchive,
  type DecryptOptions,
  type ExtractPyTars,
  type RecoverOptions,
  type RecoverResult,
  type RecoverySource,
  type RestoreFigures,
} from "../recover/index.ts";
import { refuseAmongPacks } from "./restore-archive.ts";
import { keysForSource, type SourceKeys } from "./source-keys.ts";

export interface DecryptSourceOptions extends Omit<
  DecryptOptions,
  "source" | "keys" | "extractPyTars"
> {
  /** A folder with packs, or with tars of pyArchiver, or one such file; or a source of another kind. */
  readonly source: string | RecoverySource;
  readonly keys: SourceKeys;
}

/**
 * Opens packs that were downloaded, or pyArchiver's tars, without a catalogue.
 * @throws {E_USAGE} if the destination lies among them
 * @throws what `decryptPacks` throws
 */
export async function decryptSource(options: DecryptSourceOptions): Promise<RestoreFigures> {
  const { destination } = options;
  const { source, path } = placeOf(options.source);
  if (source.folder !== undefined) refuseAmongPacks(source.folder, destination);
  const keys = await keysForSource(source, path, options.keys);
  return decryptPacks({ ...options, source, keys, extractPyTars: openPyTars });
}

export interface RecoverSourceOptions extends Omit<RecoverOptions, "source" | "keys"> {
  /** The folder of a destination, or a source of another kind. */
  readonly source: string | RecoverySource;
  readonly keys: SourceKeys;
}

/**
 * Brings an archive back from a destination alone.
 * @throws {E_USAGE} if the tree would be written among the packs
 * @throws what `recoverArchive` throws
 */
export async function recoverSource(options: RecoverSourceOptions): Promise<RecoverResult> {
  const { source, path: place } = placeOf(options.source);
  for (const path of [options.destination, options.catalogue]) {
    if (path !== undefined && source.folder !== undefined) refuseAmongPacks(source.folder, path);
  }
  const keys = await keysForSource(source, place, options.keys);
  return recoverArchive({ ...options, source, keys });
}

function placeOf(given: string | RecoverySource): {
  readonly source: RecoverySource;
  readonly path: string | undefined;
} {
  if (typeof given !== "string") return { source: given, path: undefined };
  return { source: folderSource(given), path: given };
}

async function openPyTars({
  source,
  names,
  options,
}: Parameters<ExtractPyTars>[0]): Promise<RestoreFigures> {
  const { destination, onExisting, keys, progress = silent, signal } = options;
  progress({ type: "stage", stage: "restore" });
  const done = await extractPyTars({
    store: storeOf(source, names),
    names: names.map((name) => basename(name)),
    password: keys !== undefined && "passphrase" in keys ? keys.passphrase : undefined,
    writer: await safeTreeWriter(resolve(destination), onExisting ?? "keep"),
    onProblem: ({ code, tar, member, message }) => {
      const name = displayPath(member ?? tar);
      progress({ type: "item", outcome: "damaged", name, code, message });
    },
    ...(signal && { signal }),
  });
  const { written, kept, failed, brokenTars } = done;
  return {
    restored: written,
    unchanged: 0,
    damaged: 0,
    missing: 0,
    skipped: kept,
    failed,
    packsDamaged: brokenTars,
    packsMissing: 0,
  };
}

/** The tars of a source under their bare names. */
function storeOf(source: RecoverySource, names: readonly string[]): LegacyStore {
  const wanted = new Set(names);
  return {
    async *list() {
      for (const name of names) yield basename(name);
    },
    async *open(tar) {
      for await (const object of source.list()) {
        if (!wanted.has(object.name) || basename(object.name) !== tar) continue;
        yield* object.open();
        return;
      }
      throw new ColdstowError("E_NOT_FOUND", `${tar} is no longer there.`, { subject: tar });
    },
  };
}
