import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  backUp,
  createArchive,
  lockArchive,
  readSettings,
  restoreTree,
  type Archive,
  type ArchiveSettings,
  type BackUpResult,
  type RestoreResult,
} from "@coldstow/archiver";
import { Catalogue, type SqlDriver } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import type { ProgressEvent, StorageBackend } from "@coldstow/contracts";
import { plugin } from "@coldstow/local-backend/plugin";

/** One archive with a local destination, all below one folder. */
export interface Place {
  readonly folder: string;
  /** The tree that is archived. */
  readonly source: string;
  /** Holds the archive and everything beside it. */
  readonly work: string;
  readonly archive: string;
  readonly destination: string;
}

/** The usual names below a folder. */
export function placeAt(folder: string): Place {
  const work = join(folder, "work");
  return {
    folder,
    source: join(folder, "source"),
    work,
    archive: join(work, "t.archive"),
    destination: join(folder, "destination"),
  };
}

/** Stands between the engine and what it works with. */
export interface Wrappers {
  readonly driver?: (inner: SqlDriver) => SqlDriver;
  readonly backend?: (inner: StorageBackend) => StorageBackend;
}

function iniOf(place: Place, sealed: boolean): string {
  return `[Archive]
directory = ${place.source}
name = t
[Tar]
ciphered = ${sealed ? "yes" : "no"}
size_tar = 1
[Repository]
type = local
[Local]
dir = ${place.destination}
`;
}

function settingsOf(ini: string): ArchiveSettings {
  return readSettings(ini, { source: "test.ini" }).settings;
}

/** Makes the archive; a sealed one leaves its recovery identity in a file beside it. */
export async function newArchive(place: Place, sealed: boolean): Promise<void> {
  mkdirSync(place.work, { recursive: true });
  const ini = iniOf(place, sealed);
  const recovery = await createArchive({
    path: place.archive,
    settings: settingsOf(ini),
    configText: ini,
    passphrase: sealed ? "a passphrase" : undefined,
  });
  writeFileSync(identityFile(place), recovery === undefined ? "" : `${recovery.secret}\n`);
}

function identityFile(place: Place): string {
  return join(place.folder, "identity.txt");
}

/** Locks and opens the archive for as long as `use` takes. */
export async function withArchive<T>(
  place: Place,
  use: (archive: Archive) => Promise<T>,
  wrap: Wrappers = {},
): Promise<T> {
  const lock = lockArchive(place.archive);
  const driver = openNodeDriver(place.archive);
  const catalogue = await Catalogue.open(wrap.driver?.(driver) ?? driver);
  try {
    const settings = settingsOf(String(await catalogue.meta("config")));
    const [one] = await catalogue.destinations();
    if (one === undefined) throw new Error("the archive has no destination");
    const opened = await plugin.open(one.settings, {
      progress: () => undefined,
      stateDirectory: place.work,
    });
    const backend = wrap.backend?.(opened) ?? opened;
    const destination = {
      id: one.id,
      name: one.name,
      title: "the local destination",
      localPath: place.destination,
      backend,
    };
    return await use({ path: place.archive, catalogue, settings, destinations: [destination] });
  } finally {
    await catalogue.close();
    lock.release();
  }
}

/** What a run said that somebody should know. */
export type Told = Extract<ProgressEvent, { type: "item" | "warning" }>;

/** Runs the archive once; throws what the run throws. */
export async function backUpOnce(
  place: Place,
  kind: "start" | "resume",
  wrap: Wrappers = {},
  told: Told[] = [],
): Promise<BackUpResult> {
  return withArchive(
    place,
    async (archive) =>
      backUp(archive, {
        kind,
        progress: (event) => {
          if (event.type === "item" || event.type === "warning") told.push(event);
        },
      }),
    wrap,
  );
}

/** Restores the tree of a run, the newest unless told. */
export async function restoreOnce(
  place: Place,
  destination: string,
  run?: number,
): Promise<RestoreResult> {
  const identity = readFileSync(identityFile(place), "utf8").trim();
  return withArchive(place, async (archive) =>
    restoreTree(archive, {
      destination,
      identities: identity === "" ? [] : [identity],
      progress: () => undefined,
      ...(run !== undefined && { run }),
    }),
  );
}
