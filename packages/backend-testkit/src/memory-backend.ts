import { createHash } from "node:crypto";

import {
  checkedBody,
  ColdstowError,
  objectKey,
  throwIfCancelled,
  type BodySource,
  type Capabilities,
  type DigestAlgorithm,
  type GetOptions,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
  type StorageBackend,
} from "@coldstow/contracts";

/** What a memory store holds of one object. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly modifiedAt: string;
}

/** The objects of a memory store; several backends may share one, as clients share a server. */
export class MemoryStore {
  readonly objects: Map<ObjectKey, StoredObject> = new Map();
  /** While it is set, every call on the store ends with it. */
  broken: ColdstowError | undefined;

  /** The objects; a broken store throws instead. */
  reach(): Map<ObjectKey, StoredObject> {
    if (this.broken !== undefined) throw this.broken;
    return this.objects;
  }
}

export interface MemoryBackendOptions {
  readonly store?: MemoryStore;
  /** The digest that the store tells of its objects; none if not given. */
  readonly serverDigest?: DigestAlgorithm;
  readonly maxObjectBytes?: number;
  readonly maxConcurrent?: number;
  /** Milliseconds since 1970; the machine's clock if not given. */
  readonly clock?: () => number;
}

const chunkBytes = 64 * 1024;

class MemoryBackend implements StorageBackend {
  readonly capabilities: Capabilities;
  readonly #store: MemoryStore;
  readonly #clock: () => number;

  constructor(options: MemoryBackendOptions) {
    this.#store = options.store ?? new MemoryStore();
    this.#clock = options.clock ?? Date.now;
    this.capabilities = {
      atomicPut: true,
      conditionalPut: true,
      rangeRead: true,
      resumeUpload: false,
      serverDigest: options.serverDigest,
      maxObjectBytes: options.maxObjectBytes ?? 256 * 1024 * 1024,
      maxConcurrent: options.maxConcurrent ?? 16,
      freeRead: true,
    };
  }

  async put(name: ObjectKey, source: BodySource, options: PutOptions = {}): Promise<ObjectInfo> {
    const key = objectKey(name);
    const { signal } = options;
    throwIfCancelled(signal);
    const { maxObjectBytes } = this.capabilities;
    if (source.sizeBytes > maxObjectBytes) {
      throw new ColdstowError("E_UNSUPPORTED", `${key} is longer than ${maxObjectBytes} bytes`);
    }
    this.#refuseExisting(key, options);
    const chunks: Uint8Array[] = [];
    let sentBytes = 0;
    const checks = { createDigest: createHash, ...(signal === undefined ? {} : { signal }) };
    for await (const chunk of checkedBody(source, checks)) {
      chunks.push(chunk.slice());
      sentBytes += chunk.length;
      options.onProgress?.(sentBytes);
    }
    throwIfCancelled(signal);
    this.#refuseExisting(key, options);
    const modifiedAt = new Date(this.#clock()).toISOString();
    const stored: StoredObject = { bytes: Buffer.concat(chunks), modifiedAt };
    this.#store.reach().set(key, stored);
    return this.#info(key, stored);
  }

  async *get(
    name: ObjectKey,
    options: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const key = objectKey(name);
    throwIfCancelled(options.signal);
    const stored = this.#store.reach().get(key);
    if (stored === undefined) throw new ColdstowError("E_NOT_FOUND", `there is no object ${key}`);
    const { start, end } = options.range ?? { start: 0, end: stored.bytes.length };
    const wanted = stored.bytes.subarray(start, end);
    for (let at = 0; at < wanted.length; at += chunkBytes) {
      throwIfCancelled(options.signal);
      this.#store.reach();
      yield wanted.slice(at, at + chunkBytes);
    }
  }

  async stat(name: ObjectKey): Promise<ObjectInfo | undefined> {
    const key = objectKey(name);
    const stored = this.#store.reach().get(key);
    return stored === undefined ? undefined : this.#info(key, stored);
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    for (const [key, stored] of this.#store.reach()) {
      if (key.startsWith(prefix)) yield this.#info(key, stored);
    }
  }

  async delete(name: ObjectKey): Promise<void> {
    const key = objectKey(name);
    this.#store.reach().delete(key);
  }

  async close(): Promise<void> {
    // There is nothing to end.
  }

  #refuseExisting(key: ObjectKey, options: PutOptions): void {
    if (options.ifAbsent !== true || !this.#store.reach().has(key)) return;
    throw new ColdstowError("E_EXISTS", `${key} is there already; it was left as it is`);
  }

  #info(key: ObjectKey, { bytes, modifiedAt }: StoredObject): ObjectInfo {
    const algorithm = this.capabilities.serverDigest;
    const info = { key, sizeBytes: bytes.length, modifiedAt };
    if (algorithm === undefined) return info;
    return {
      ...info,
      digest: { algorithm, hex: createHash(algorithm).update(bytes).digest("hex") },
    };
  }
}

/** A backend that keeps its objects in memory, for tests: it keeps every promise of the contract. */
export function memoryBackend(options: MemoryBackendOptions = {}): StorageBackend {
  return new MemoryBackend(options);
}
