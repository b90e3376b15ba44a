import assert from "node:assert/strict";

import {
  bytesSource,
  objectKey,
  type GetOptions,
  type ObjectInfo,
  type PutOptions,
  type StorageBackend,
} from "@coldstow/contracts";

import { assertCode } from "./assert-error.ts";
import type { Harness, OpenedStore } from "./harness.ts";

const defaultListedObjects = 1500;
const defaultLargeBytes = 5 * 1024 * 1024 + 3;
const defaultLongestKeyBytes = 512;

/** All bytes of a stream. */
export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk.slice());
  return Buffer.concat(all);
}

/** One store on which one scenario works. */
export class Bench {
  readonly store: OpenedStore;
  readonly harness: Harness;
  readonly #clients: StorageBackend[] = [];

  constructor(store: OpenedStore, harness: Harness) {
    this.store = store;
    this.harness = harness;
  }

  get backend(): StorageBackend {
    return this.store.backend;
  }

  get largeBytes(): number {
    return this.harness.largeBytes ?? defaultLargeBytes;
  }

  get listedObjects(): number {
    return this.harness.listedObjects ?? defaultListedObjects;
  }

  get longestKeyBytes(): number {
    return this.harness.longestKeyBytes ?? defaultLongestKeyBytes;
  }

  /** Another client of the same store; closed at the end. */
  async anotherClient(): Promise<StorageBackend> {
    const client = await this.store.reopen();
    this.#clients.push(client);
    return client;
  }

  async put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<ObjectInfo> {
    return await this.backend.put(objectKey(key), bytesSource(bytes), options);
  }

  /** Brings a frozen object within reach; nothing to do elsewhere. */
  async thaw(...keys: string[]): Promise<void> {
    const { cold } = this.backend;
    if (cold === undefined) return;
    const frozen = keys.map((key) => objectKey(key));
    await cold.requestThaw(frozen, { days: 1 });
    assert.ok(this.store.cold, "a harness for a cold backend must give the hooks `cold`");
    await this.store.cold.makeReady(frozen);
  }

  async read(key: string, options?: GetOptions): Promise<Uint8Array> {
    await this.thaw(key);
    return await readAll(this.backend.get(objectKey(key), options));
  }

  /** Sizes by key; it fails where an object is listed twice. */
  async listed(
    prefix: string,
    client: StorageBackend = this.backend,
  ): Promise<Map<string, number>> {
    const sizes = new Map<string, number>();
    for await (const { key, sizeBytes } of client.list(prefix)) {
      assert.ok(!sizes.has(key), `list(${JSON.stringify(prefix)}) yielded ${key} twice`);
      sizes.set(key, sizeBytes);
    }
    return sizes;
  }

  /** Fails unless `get`, `stat` and `list` agree that the object holds these bytes. */
  async assertHolds(key: string, bytes: Uint8Array): Promise<void> {
    const info = await this.backend.stat(objectKey(key));
    assert.equal(info?.sizeBytes, bytes.length, `stat tells another size of ${key}`);
    assert.equal(info.key, key);
    assert.equal((await this.listed(key)).get(key), bytes.length, `list tells otherwise of ${key}`);
    const read = await this.read(key);
    assert.equal(read.length, bytes.length, `get yields another length of ${key}`);
    assert.ok(Buffer.compare(read, bytes) === 0, `get yields other bytes of ${key}`);
  }

  /** Fails unless `get`, `stat` and `list` agree that there is no such object. */
  async assertAbsent(key: string): Promise<void> {
    const checked = objectKey(key);
    assert.equal(await this.backend.stat(checked), undefined, `stat finds ${key}`);
    assert.ok(!(await this.listed(key)).has(key), `list shows ${key}`);
    await assertCode(
      () => readAll(this.backend.get(checked)),
      ["E_NOT_FOUND"],
      `get of the absent ${key}`,
    );
  }

  async close(): Promise<void> {
    for (const client of [this.backend, ...this.#clients]) await client.close();
  }
}
