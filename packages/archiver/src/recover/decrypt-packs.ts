import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ColdstowError, silent, type ProgressSink } from "@coldstow/contracts";
import { SafeTree, type OnExisting } from "../restore/safe-tree.ts";
import type { DamagedFile } from "./content-writer.ts";
import { folderSource } from "./folder-source.ts";
import { listPacks } from "./pack-list.ts";
import { rebuildCatalogue } from "./rebuild-catalogue.ts";
import { newRebuiltCatalogue } from "./rebuilt-catalogue.ts";
import { openKeys, type RecoveryKeys } from "./recovery-keys.ts";
import { restorePastDamage } from "./restore-past-damage.ts";
import type { RestoreFigures } from "./restore-tally.ts";
import type { RecoverySource } from "./source-object.ts";

/** Opens a folder of pyArchiver's tars; `names` are relative to the folder, in order. */
export type ExtractPyTars = (request: {
  readonly source: RecoverySource;
  readonly names: readonly string[];
  readonly options: DecryptOptions;
}) => Promise<RestoreFigures>;

export interface DecryptOptions {
  /** A folder with packs anywhere in it, or pack files; or a source of another kind. */
  readonly source: string | readonly string[] | RecoverySource;
  /** The files' relative paths are put below it; made if it is not there. */
  readonly destination: string;
  /** Undefined for packs that are not encrypted. */
  readonly keys: RecoveryKeys | undefined;
  /** Default: keep. */
  readonly onExisting?: OnExisting;
  readonly progress?: ProgressSink;
  readonly signal?: AbortSignal;
  readonly onDamagedFile?: (file: DamagedFile) => void;
  /** Opens `ARCHIVE_….tar.gz` and `.tar.gz.aes`; without it such files are refused. */
  readonly extractPyTars?: ExtractPyTars;
}

/**
 * Opens packs that were downloaded, with nothing but a key: all of an archive or a few. What comes out
 * is the tree as of the newest run among them: later packs override earlier ones, slices are joined,
 * names that are gone are left out, contents that are only equal become files of their own. A name
 * whose content lies in a pack that is not there is reported as missing.
 * @throws {E_NOT_FOUND} if there is no pack
 * @throws {E_WRONG_KEY | E_NO_SPACE | E_CANCELLED …}
 */
export async function decryptPacks(options: DecryptOptions): Promise<RestoreFigures> {
  const { source: given } = options;
  const source = typeof given === "object" && "list" in given ? given : folderSource(given);
  const names = await pyTarNames(source);
  if (names.length > 0) {
    if (options.extractPyTars !== undefined)
      return options.extractPyTars({ source, names, options });
    throw new ColdstowError(
      "E_UNSUPPORTED",
      `${source.title} holds tars of pyArchiver, which cannot be opened here. Nothing was written.`,
      { subject: source.title, hint: "Use coldstow decrypt." },
    );
  }
  const { signal } = options;
  const progress = options.progress ?? silent;
  const keys = await openKeys(source, options.keys);
  const { identities } = keys;
  const list = await listPacks(source, {
    identities,
    signal,
    areKeysProven: false,
    onUnreadable: ({ key: name }, error) => {
      const message = error instanceof Error ? error.message : String(error);
      progress({ type: "item", outcome: "damaged", name, message });
    },
  });
  if (list.packs.length === 0) throw noPack(source);
  const folder = mkdtempSync(join(tmpdir(), "coldstow-decrypt-"));
  try {
    const facts = { list, keys, as: undefined, progress: silent };
    const made = await newRebuiltCatalogue(join(folder, "index"), source, facts);
    const { catalogue, destination } = made;
    try {
      const { archiveId, packs } = list;
      const work = { archiveId, packs, identities, destination, progress, signal };
      const { gaps, objects, packsDamaged } = await rebuildCatalogue(catalogue, work);
      const tree = await SafeTree.at(resolve(options.destination), options.onExisting ?? "keep");
      const figures = await restorePastDamage(catalogue, tree, {
        run: await catalogue.newestRun(),
        identities,
        objects,
        gaps,
        isDamageTold: true,
        progress,
        signal,
        ...(options.onDamagedFile && { onDamagedFile: options.onDamagedFile }),
      });
      return { ...figures, packsDamaged: figures.packsDamaged + packsDamaged };
    } finally {
      await catalogue.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** pyArchiver names its tars `ARCHIVE_` and a number or a time. */
async function pyTarNames(source: RecoverySource): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of source.list()) {
    if (/(?:^|\/)ARCHIVE_[^/]*\.tar\.gz(?:\.aes)?$/u.test(name)) names.push(name);
  }
  return names.toSorted();
}

function noPack(source: RecoverySource): ColdstowError {
  return new ColdstowError("E_NOT_FOUND", `There is no pack in ${source.title}.`, {
    subject: source.title,
    hint: "Packs are files whose names end in .tar, .tar.age, .tar.zst or .tar.zst.age.",
  });
}
