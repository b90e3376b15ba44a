import { existsSync } from "node:fs";
import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { ColdstowError, objectKey, type ProgressSink, recoveryNoteKey } from "@coldstow/contracts";
import type { ArchiveSettings } from "../settings/archive-settings.ts";
import { readSettings } from "../settings/read-settings.ts";
import { schemeOfSection } from "../settings/known-settings.ts";
import { parseIni } from "../settings/parse-ini.ts";
import type { Archive, OpenDestination } from "./archive.ts";
import { lockArchive } from "./archive-lock.ts";
import type { BackendAccess } from "./backend-access.ts";
import { updateDestinationRows } from "./destination-rows.ts";
import { lostSecrets } from "./lost-secrets.ts";
import {
  closeDestinations,
  openDestinations,
  type UnreachableDestination,
} from "./open-destinations.ts";
import { requireOneDirectory } from "./read-ini.ts";
import { withinTree } from "./within-tree.ts";

export interface OpenArchiveOptions {
  readonly backends: BackendAccess;
  /**
   * - `read`: nothing is locked, the catalogue is not changed.
   * - `check`: locked; what is seen at the destinations is noted.
   * - `store`: locked; a destination that should have packs and is empty is refused, because an
   *   unmounted disk looks like that.
   */
  readonly access: "read" | "check" | "store";
  readonly progress: ProgressSink;
  readonly signal?: AbortSignal;
  /** What all uploads and downloads of one destination may move together. */
  readonly bytesPerSecond?: number;
  /** Destinations that nothing can be done without, named as in the ini; default: any one will do. */
  readonly needed?: readonly string[];
}

/** An archive that is open; close it. */
export interface OpenArchive extends Archive {
  /** Destinations that did not open, or that do not hold this archive. */
  readonly unreachable: readonly UnreachableDestination[];
  /** Closes destinations and catalogue, and gives up the lock. */
  close(): Promise<void>;
}

/**
 * Opens an archive with its destinations, by the settings that it keeps.
 * @throws {E_NOT_FOUND} if there is no such file
 * @throws {E_LOCKED} if another process works on it
 * @throws {E_FORMAT | E_OLD_FORMAT | E_NEWER_FORMAT | E_CORRUPT} if it is no catalogue to work with
 * @throws what the first destination threw, if none opens, or one that is needed
 */
export async function openArchive(path: string, options: OpenArchiveOptions): Promise<OpenArchive> {
  if (!existsSync(path)) {
    throw new ColdstowError("E_NOT_FOUND", `There is no archive ${path}.`, {
      subject: path,
      hint: "Check the name; coldstow start makes a new archive.",
    });
  }
  const readOnly = options.access === "read";
  const lock = readOnly ? undefined : lockArchive(path);
  let catalogue: Catalogue | undefined;
  try {
    catalogue = await openCatalogue(path, readOnly);
    const opened = await openWith(path, catalogue, options);
    const close = async (): Promise<void> => {
      await closeDestinations(opened.destinations);
      await opened.catalogue.close();
      lock?.release();
    };
    return { ...opened, close };
  } catch (error) {
    await catalogue?.close();
    lock?.release();
    throw error;
  }
}

/** As {@link Catalogue.open}, without leaving the file open when it is none. */
export async function openCatalogue(path: string, readOnly: boolean): Promise<Catalogue> {
  const driver = openNodeDriver(path, { readOnly });
  try {
    return await Catalogue.open(driver, { readOnly });
  } catch (error) {
    driver.close();
    throw error;
  }
}

/**
 * The settings that an archive keeps.
 * @throws {E_CONFIG} if it keeps none, as one that was rebuilt from packs alone
 */
export async function keptSettings(
  path: string,
  catalogue: Catalogue,
  backends: BackendAccess,
): Promise<{ readonly settings: ArchiveSettings; readonly configText: string }> {
  const configText = await catalogue.meta("config");
  if (configText === undefined) {
    throw new ColdstowError(
      "E_CONFIG",
      `${path} keeps no settings, so its destinations are unknown.`,
      {
        subject: path,
        hint: "What its packs hold comes back with coldstow recover.",
      },
    );
  }
  const source = `the settings of ${path}`;
  const schemes = parseIni(configText, { source }).sections.map(({ name }) =>
    schemeOfSection(name),
  );
  const specs = await backends.specs(schemes);
  const { settings } = readSettings(configText, { source, backends: specs });
  return { settings, configText };
}

async function openWith(
  path: string,
  catalogue: Catalogue,
  options: OpenArchiveOptions,
): Promise<Archive & { readonly unreachable: readonly UnreachableDestination[] }> {
  const { settings, configText } = await keptSettings(path, catalogue, options.backends);
  const found = await openDestinations(settings, {
    ...options,
    lostSecrets: (destination) => lostSecrets(configText, destination),
  });
  try {
    const attached = await attach(
      { path, catalogue, settings, destinations: [] },
      found.opened,
      options,
    );
    return { ...attached, unreachable: [...found.unreachable, ...attached.unreachable] };
  } catch (error) {
    await closeDestinations(found.opened);
    throw error;
  }
}

/** Joins open destinations with what the catalogue knows of them. */
export async function attach(
  archive: Archive,
  opened: readonly Omit<OpenDestination, "id">[],
  options: Pick<OpenArchiveOptions, "access" | "progress">,
): Promise<Archive & { readonly unreachable: readonly UnreachableDestination[] }> {
  const { catalogue, settings } = archive;
  const isStore = options.access === "store";
  // Reading needs no directory; a tree that is gone is a reason to restore.
  const path = isStore ? withinTree(requireOneDirectory(settings), archive.path) : archive.path;
  const ids =
    options.access === "read"
      ? new Map((await catalogue.destinations()).map(({ name, id }) => [name, id]))
      : await updateDestinationRows(catalogue, settings, options.progress);
  const destinations: OpenDestination[] = [];
  const unreachable: UnreachableDestination[] = [];
  for (const one of opened) {
    const id = ids.get(one.name);
    if (id === undefined) continue;
    const destination = { ...one, id };
    if (!isStore || (await holdsArchive(catalogue, destination))) destinations.push(destination);
    else unreachable.push({ name: one.name, error: notThere(archive.path, destination) });
  }
  const [first] = unreachable;
  if (destinations.length === 0 && first !== undefined) throw first.error;
  for (const { error } of unreachable) {
    options.progress({
      type: "warning",
      message: `${error.message} ${error.hint}`,
      code: error.code,
    });
  }
  return { ...archive, path, destinations, unreachable };
}

/** False where the catalogue counts on copies at a destination at which nothing of them is to be seen. */
async function holdsArchive(catalogue: Catalogue, destination: OpenDestination): Promise<boolean> {
  const { backend, id } = destination;
  const { rows } = await catalogue.copiesOnDestination(id, { state: "stored", limit: 3 });
  if (rows.length === 0 || (await backend.stat(recoveryNoteKey)) !== undefined) return true;
  for (const copy of rows) {
    const pack = await catalogue.pack(copy.pack);
    if (pack === undefined || (await backend.stat(objectKey(pack.key))) !== undefined) return true;
  }
  return false;
}

function notThere(path: string, { name, title }: OpenDestination): ColdstowError {
  return new ColdstowError(
    "E_MEDIUM_NEEDED",
    `${name} (${title}) holds nothing of this archive, though it was stored there. Nothing was written to it.`,
    {
      subject: name,
      hint: `Connect and mount its disk. If the copies are really gone, run: coldstow verify ${path}; the next resume then stores them again.`,
    },
  );
}
