import { createHash } from "node:crypto";
import { mkdir, rm, statfs } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fromSystemError } from "@coldstow/contracts";
import type { ArchiveSettings } from "../settings/archive-settings.ts";
import { SpoolRoom, type Reservation } from "./spool-room.ts";

export interface SpoolOptions {
  /** Its folder, which is the spool's alone and is removed with all that is in it; default: beside the archive. */
  readonly directory?: string;
  /** What packs may take there together; default: no bound. */
  readonly limitBytes?: number;
  /** What is free on a folder's disk; for tests. */
  readonly freeBytes?: (directory: string) => Promise<number | undefined>;
}

/** A folder for packs on their way to or from destinations that are not this machine's files. */
export class Spool {
  readonly room: SpoolRoom;
  readonly #directory: string;
  #made: Promise<void> | undefined;
  #number = 0;

  constructor(archivePath: string, options: SpoolOptions = {}) {
    const { freeBytes = freeOnDisk } = options;
    const directory = options.directory ?? `${archivePath}.spool`;
    this.#directory = directory;
    this.room = new SpoolRoom({
      directory,
      limitBytes: options.limitBytes ?? Number.POSITIVE_INFINITY,
      freeBytes: async () => {
        await this.#make();
        return freeBytes(directory);
      },
    });
  }

  /** The spool of an archive, as its settings want it: room for two packs at least. */
  static of(
    archivePath: string,
    settings: Pick<ArchiveSettings, "spool" | "spoolSizeBytes" | "packSizeBytes">,
    options: Pick<SpoolOptions, "freeBytes"> = {},
  ): Spool {
    return new Spool(archivePath, {
      ...options,
      directory: spoolDirectory(archivePath, settings),
      limitBytes: Math.max(settings.spoolSizeBytes, 2 * settings.packSizeBytes),
    });
  }

  get directory(): string {
    return this.#directory;
  }

  /** A path for a new file. */
  async newPath(name: string): Promise<string> {
    await this.#make();
    this.#number += 1;
    return join(this.#directory, `${this.#number}-${name}`);
  }

  /** See {@link SpoolRoom.reserve}. */
  async reserve(bytes: number, signal?: AbortSignal): Promise<Reservation> {
    return this.room.reserve(bytes, signal);
  }

  /** Removes one file; none there is no error. */
  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Removes the folder and what a cut run left in it. */
  async clear(): Promise<void> {
    this.#made = undefined;
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #make(): Promise<void> {
    this.#made ??= mkdir(this.#directory, { recursive: true, mode: 0o700 }).then(() => undefined);
    try {
      await this.#made;
    } catch (error) {
      this.#made = undefined;
      throw fromSystemError(error, "Making the spool folder", this.#directory);
    }
  }
}

/**
 * Where an archive's spool lies. In a folder that was named it is a folder of the archive's own, because
 * it is cleared as a whole and others may use the same disk.
 */
export function spoolDirectory(
  archivePath: string,
  { spool }: Pick<ArchiveSettings, "spool">,
): string {
  if (spool === undefined) return `${archivePath}.spool`;
  const own = createHash("sha256").update(resolve(archivePath)).digest("hex").slice(0, 12);
  return join(spool, `${basename(archivePath)}-${own}.spool`);
}

async function freeOnDisk(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
