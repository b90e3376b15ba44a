/** An archive in a temporary folder, driven through the library alone. For tests. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  backUp,
  createArchive,
  readSettings,
  restoreTree,
  type Archive,
  type BackUpOptions,
  type BackUpResult,
  type OpenDestination,
  type RestoreOptions,
  type RestoreResult,
} from "@coldstow/archiver";
import { Catalogue, type Pack } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { silent, type ProgressEvent, type StorageBackend } from "@coldstow/contracts";
import { plugin as local } from "@coldstow/local-backend";

export interface LibraryOptions {
  /** By name; a local destination in the folder if not given. */
  readonly backends?: (folder: string) => Readonly<Record<string, StorageBackend>>;
  readonly packMebibytes?: number;
  /** Costs a second, for the passphrase. */
  readonly encrypted?: boolean;
  readonly compress?: "auto" | "none" | "zstd";
  readonly exclude?: string;
  readonly jobs?: number;
}

type Item = Extract<ProgressEvent, { type: "item" }>;

/** What a run or a restore told beside its result. */
export interface Told {
  readonly items: Item[];
  readonly warnings: string[];
}

/** The archive, its tree and its destinations; `close` removes them. */
export class LibraryArchive {
  readonly folder: string;
  readonly tree: string;
  readonly archive: Archive;
  readonly identities: readonly string[];
  readonly #jobs: number;

  private constructor(
    folder: string,
    archive: Archive,
    identities: readonly string[],
    jobs: number,
  ) {
    this.folder = folder;
    this.tree = join(folder, "tree");
    this.archive = archive;
    this.identities = identities;
    this.#jobs = jobs;
  }

  /** Makes an archive of an empty tree; nothing is stored yet. */
  static async make(options: LibraryOptions = {}): Promise<LibraryArchive> {
    const folder = mkdtempSync(join(tmpdir(), "coldstow-e2e-"));
    mkdirSync(join(folder, "tree"));
    const backends = Object.entries(
      options.backends?.(folder) ?? { one: await localBackend(folder, "one") },
    );
    const ini = iniOf(
      folder,
      backends.map(([name]) => name),
      options,
    );
    const { settings } = readSettings(ini, { source: "test.ini" });
    const path = join(folder, "t.archive");
    const passphrase = options.encrypted === true ? "a test" : undefined;
    const keys = await createArchive({ path, settings, configText: ini, passphrase });
    const catalogue = await Catalogue.open(openNodeDriver(path));
    const rows = await catalogue.destinations();
    const destinations: OpenDestination[] = backends.map(([name, backend], index) => ({
      id: rows[index]?.id ?? 0,
      name: `local:${name}`,
      title: name,
      backend,
    }));
    const archive: Archive = { path, catalogue, settings, destinations };
    const identities = keys === undefined ? [] : [keys.secret];
    return new LibraryArchive(folder, archive, identities, options.jobs ?? 2);
  }

  /** Stores what is new. */
  async run(
    signal?: AbortSignal,
    more: Pick<BackUpOptions, "allowEmpty"> = {},
  ): Promise<BackUpResult & Told> {
    const first = (await this.archive.catalogue.newestRun()) === 0;
    const { told, progress } = listen();
    const kind = first ? "start" : "resume";
    const options = {
      kind,
      progress,
      jobs: this.#jobs,
      ...(signal && { signal }),
      ...more,
    } as const;
    return { ...(await backUp(this.archive, options)), ...told };
  }

  async restore(
    destination: string,
    options: Partial<RestoreOptions> = {},
  ): Promise<RestoreResult & Told> {
    const { told, progress } = listen();
    const { identities } = this;
    const all = { destination, identities, progress, jobs: this.#jobs, ...options };
    return { ...(await restoreTree(this.archive, all)), ...told };
  }

  /** The same archive with other backends at its destinations. */
  withBackends(change: (backend: StorageBackend, name: string) => StorageBackend): LibraryArchive {
    const destinations = this.archive.destinations.map((one) => ({
      ...one,
      backend: change(one.backend, one.title),
    }));
    const archive = { ...this.archive, destinations };
    return new LibraryArchive(this.folder, archive, this.identities, this.#jobs);
  }

  async packs(): Promise<readonly Pack[]> {
    return (await this.archive.catalogue.packs({ state: "stored" })).rows;
  }

  /** Keys and sizes of all that lies at the destinations. */
  async objects(): Promise<string[]> {
    const keys: string[] = [];
    for (const { backend, title } of this.archive.destinations) {
      for await (const { key, sizeBytes } of backend.list(""))
        keys.push(`${title} ${key} ${sizeBytes}`);
    }
    return keys.toSorted();
  }

  async close(): Promise<void> {
    await this.archive.catalogue.close();
    execFileSync("chmod", ["-R", "u+rwX", this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A destination in a folder of its own. */
export async function localBackend(folder: string, name: string): Promise<StorageBackend> {
  return local.open({ dir: join(folder, name) }, { progress: silent, stateDirectory: folder });
}

function iniOf(folder: string, names: readonly string[], options: LibraryOptions): string {
  const lines = [
    `[Archive]\ndirectory = ${join(folder, "tree")}\nname = t`,
    options.exclude === undefined ? "" : `exclude = ${options.exclude}`,
    `[Tar]\nsize_tar = ${options.packMebibytes ?? 1}\ncompress = ${options.compress ?? "none"}`,
    `[Repository]\ntype = ${names.map((name) => `local:${name}`).join(", ")}`,
    ...names.map((name) => `[Local ${name}]\ndir = ${join(folder, name)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function listen(): { readonly told: Told; readonly progress: (event: ProgressEvent) => void } {
  const told: Told = { items: [], warnings: [] };
  const progress = (event: ProgressEvent): void => {
    if (event.type === "item") told.items.push(event);
    if (event.type === "warning") told.warnings.push(event.message);
  };
  return { told, progress };
}
