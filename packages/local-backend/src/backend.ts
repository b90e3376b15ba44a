import {
  ColdstowError,
  objectKey,
  type BodySource,
  type Capabilities,
  type GetOptions,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
  type StagedStorage,
  type StorageBackend,
} from "@coldstow/contracts";

import type { LocalConfig } from "./config.ts";
import { listObjects } from "./list-objects.ts";
import { objectInfo } from "./object-info.ts";
import { find } from "./object-path.ts";
import { ObjectWriter } from "./object-writer.ts";
import { readObject } from "./read-object.ts";
import { stagedObjects } from "./staged-objects.ts";

export interface LocalBackendOptions {
  /** False uses the lock files of file systems without hard links everywhere; true if not given. */
  readonly hardLinks?: boolean;
}

const capabilities: Capabilities = {
  atomicPut: true,
  conditionalPut: true,
  rangeRead: true,
  resumeUpload: false,
  serverDigest: undefined,
  maxObjectBytes: Number.MAX_SAFE_INTEGER,
  maxConcurrent: 8,
  freeRead: true,
};

class LocalBackend implements StorageBackend {
  readonly capabilities: Capabilities = capabilities;
  readonly staged: StagedStorage;
  readonly #config: LocalConfig;
  readonly #writer: ObjectWriter;

  constructor(config: LocalConfig, options: LocalBackendOptions) {
    this.#config = config;
    this.#writer = new ObjectWriter(config, options.hardLinks ?? true);
    this.staged = stagedObjects(config, this.#writer);
  }

  async put(key: ObjectKey, source: BodySource, options: PutOptions = {}): Promise<ObjectInfo> {
    const checked = objectKey(key);
    if (source.sizeBytes > capabilities.maxObjectBytes) {
      throw new ColdstowError("E_UNSUPPORTED", `${checked} is longer than any file can be`);
    }
    return await this.#writer.put(checked, source, options);
  }

  async *get(
    key: ObjectKey,
    options: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* readObject(this.#config, objectKey(key), options);
  }

  async stat(key: ObjectKey): Promise<ObjectInfo | undefined> {
    const checked = objectKey(key);
    const found = await find(this.#config, checked);
    return found.kind === "file" ? objectInfo(checked, found.stats) : undefined;
  }

  list(prefix: string): AsyncIterable<ObjectInfo> {
    return listObjects(this.#config, prefix);
  }

  async delete(key: ObjectKey): Promise<void> {
    await this.#writer.remove(objectKey(key));
  }

  async close(): Promise<void> {
    // Nothing stays open between calls.
  }
}

/**
 * A folder as a destination: docs/formats/destination.md, section 3. The object of key `a/b` is the
 * file `a/b` in it, so anything that copies files copies a destination.
 */
export function localBackend(
  config: LocalConfig,
  options: LocalBackendOptions = {},
): StorageBackend & { readonly staged: StagedStorage } {
  return new LocalBackend(config, options);
}
