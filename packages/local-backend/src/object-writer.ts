import { lstat, open, rmdir, unlink, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import {
  throwIfCancelled,
  type BodySource,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
} from "@coldstow/contracts";

import type { LocalConfig } from "./config.ts";
import { ensureDirectory, folderAttempts } from "./durable-directory.ts";
import { inTheWay, isAbsence, localError } from "./errors.ts";
import { objectInfo } from "./object-info.ts";
import { find, objectPath } from "./object-path.ts";
import { newPartialPath, sweepStalePartials } from "./partial-file.ts";
import { placeObject } from "./place-object.ts";
import { writeBody } from "./write-body.ts";

/** Everything that changes a destination's folder goes through here. */
export class ObjectWriter {
  /** Staged files that are neither published nor discarded. */
  readonly staged: Set<string> = new Set();
  readonly #config: LocalConfig;
  readonly #hardLinks: boolean;
  readonly #durable: Set<string> = new Set();
  #swept: Promise<void> | undefined;
  #folders: Promise<unknown> = Promise.resolve();

  constructor(config: LocalConfig, hardLinks: boolean) {
    this.#config = config;
    this.#hardLinks = hardLinks;
  }

  /** The first write clears away what killed writers left behind. */
  async #sweptOnce(): Promise<void> {
    this.#swept ??= sweepStalePartials(this.#config.directory, Date.now());
    await this.#swept;
  }

  /** One after another, so that no folder is removed between its making and its first file. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#folders.then(work);
    this.#folders = done.catch(() => undefined);
    return await done;
  }

  /** The path of a new staged file, in a folder that stays until it is published or discarded. */
  async stage(key: ObjectKey): Promise<string> {
    await this.#sweptOnce();
    return await this.#alone(async () => {
      await ensureDirectory(this.#config, key, this.#durable);
      const path = newPartialPath(objectPath(this.#config, key));
      this.staged.add(path);
      return path;
    });
  }

  /** Refuses early what cannot become the object, before a long body is written. */
  async #refuseObstacle(key: ObjectKey, options: PutOptions): Promise<void> {
    const found = await find(this.#config, key);
    const taken =
      found.kind === "directory" || (found.kind === "file" && options.ifAbsent === true);
    if (taken) throw inTheWay(objectPath(this.#config, key));
  }

  async put(key: ObjectKey, source: BodySource, options: PutOptions): Promise<ObjectInfo> {
    throwIfCancelled(options.signal);
    await this.#refuseObstacle(key, options);
    const partial = newPartialPath(objectPath(this.#config, key));
    try {
      const file = await this.#openPartial(key, partial);
      await writeBody(file, partial, source, options);
      throwIfCancelled(options.signal);
      const stats = await lstat(partial);
      await this.publish(key, partial, options);
      return objectInfo(key, stats);
    } catch (error) {
      await unlink(partial).catch(() => undefined);
      throw error;
    }
  }

  async #openPartial(key: ObjectKey, partial: string): Promise<FileHandle> {
    await this.#sweptOnce();
    return await this.#alone(async () => {
      for (let attempt = 1; ; attempt += 1) {
        await ensureDirectory(this.#config, key, this.#durable);
        try {
          return await open(partial, "wx");
        } catch (error) {
          if (isAbsence(error) && attempt < folderAttempts) continue;
          throw localError(error, "beginning the object", partial);
        }
      }
    });
  }

  /** Makes a finished file the object. */
  async publish(key: ObjectKey, partial: string, options: PutOptions): Promise<void> {
    await this.#refuseObstacle(key, options);
    await placeObject(partial, objectPath(this.#config, key), {
      ifAbsent: options.ifAbsent === true,
      hardLinks: this.#hardLinks,
    });
  }

  /** Removes an object, and the folders that it leaves empty. */
  async remove(key: ObjectKey): Promise<void> {
    const found = await find(this.#config, key);
    if (found.kind !== "file") return;
    const path = objectPath(this.#config, key);
    try {
      await unlink(path);
    } catch (error) {
      if (!isAbsence(error)) throw localError(error, "deleting the object", path);
    }
    await this.#alone(() => this.#removeEmptyFolders(path));
  }

  async #removeEmptyFolders(path: string): Promise<void> {
    let folder = dirname(path);
    try {
      while (folder.length > this.#config.directory.length && this.staged.size === 0) {
        await rmdir(folder);
        folder = dirname(folder);
      }
    } catch {
      // It is not empty, or not ours to remove: it stays.
    }
  }
}
