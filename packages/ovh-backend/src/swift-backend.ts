import {
  isObjectKey,
  objectKey,
  type BodySource,
  type Capabilities,
  type ColdStorage,
  type GetOptions,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
  type StorageBackend,
} from "@coldstow/contracts";

import { coldObjects } from "./cold-objects.ts";
import { isCold, type OvhConfig } from "./config.ts";
import { Container } from "./container.ts";
import { deleteObject } from "./delete-object.ts";
import { getObject } from "./get-object.ts";
import { listing, type ListedObject } from "./listing.ts";
import { coldStateOf, headObject, type ObjectHead } from "./object-head.ts";
import { maxObjectBytes, putObject } from "./put-object.ts";
import { retrievalOf } from "./retrieval.ts";
import { SwiftClient } from "./swift-client.ts";

export interface SwiftBackendOptions {
  /** Overrides the setting `stall_timeout`, in milliseconds. */
  readonly stallMs?: number;
  /** How many objects a page of a listing holds; 10,000, the most that Swift gives. */
  readonly pageObjects?: number;
}

const maxConcurrent = 8;

/** What every transport of this package says of itself; they differ in the rest. */
export const swiftCapabilities: Capabilities = {
  atomicPut: true,
  // Of two writers that Swift finds the name free for at the same moment, both win.
  conditionalPut: false,
  rangeRead: true,
  resumeUpload: false,
  serverDigest: "md5",
  maxObjectBytes,
  maxConcurrent,
  freeRead: false,
};

/** A container of OpenStack Swift as a destination; of OVH Public Cloud Archive also as a cold one. */
export class SwiftBackend implements StorageBackend {
  readonly capabilities: Capabilities;
  readonly cold?: ColdStorage;
  readonly tariff?: string;
  readonly #client: SwiftClient;
  readonly #container: Container;
  readonly #prefix: string;
  readonly #isCold: boolean;
  readonly #pageObjects: number | undefined;

  constructor(config: OvhConfig, options: SwiftBackendOptions = {}) {
    // A body that is read holds a connection while others are asked for.
    const http = { connections: 2 * maxConcurrent, stallMs: options.stallMs ?? config.stallMs };
    this.#client = new SwiftClient(config, http);
    this.#container = new Container(this.#client, config);
    this.#prefix = config.prefix === "" ? "" : `${config.prefix}/`;
    this.#isCold = isCold(config);
    this.#pageObjects = options.pageObjects;
    this.capabilities = { ...swiftCapabilities, freeRead: !this.#isCold };
    const tariff = config.tariff ?? (this.#isCold ? "ovh-pca" : undefined);
    if (tariff !== undefined) this.tariff = tariff;
    if (this.#isCold) {
      this.cold = coldObjects(this.#client, this.#container, (key) => this.#nameOf(key));
    }
  }

  /** Checks the credentials and the container, and changes nothing. */
  async check(): Promise<void> {
    await this.#container.check();
  }

  /** Makes the container where it is missing and may be made. */
  async ensureContainer(): Promise<void> {
    await this.#container.ensure();
  }

  async put(key: ObjectKey, source: BodySource, options: PutOptions = {}): Promise<ObjectInfo> {
    const place = { key: objectKey(key), name: this.#nameOf(objectKey(key)) };
    return await putObject(this.#client, this.#container, place, source, options);
  }

  async *get(
    key: ObjectKey,
    options: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const name = this.#nameOf(objectKey(key));
    yield* getObject(this.#client, this.#container, name, this.#isCold, options);
  }

  async stat(key: ObjectKey): Promise<ObjectInfo | undefined> {
    const checked = objectKey(key);
    const head = await headObject(this.#client, this.#container.name, this.#nameOf(checked));
    if (head !== undefined) return await this.#headInfo(checked, head);
    await this.#container.allowAbsence();
    return undefined;
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    // Some servers end a text at a zero byte, and would then list too much.
    if (/\p{Cc}/u.test(prefix)) return;
    const range = {
      container: this.#container.name,
      prefix: this.#prefix + prefix,
      ...(this.#pageObjects === undefined ? {} : { pageObjects: this.#pageObjects }),
    };
    for await (const listed of listing(this.#client, range)) {
      if (listed === undefined) {
        await this.#container.allowAbsence();
        return;
      }
      const key = listed.name.slice(this.#prefix.length);
      if (!listed.name.startsWith(range.prefix) || !isObjectKey(key)) continue;
      const info = await this.#listedInfo(key, listed);
      if (info !== undefined) yield info;
    }
  }

  async delete(key: ObjectKey): Promise<void> {
    await deleteObject(this.#client, this.#container, this.#nameOf(objectKey(key)));
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #nameOf(key: ObjectKey): string {
    return `${this.#prefix}${key}`;
  }

  async #headInfo(key: ObjectKey, head: ObjectHead): Promise<ObjectInfo> {
    const { sizeBytes, md5, modifiedAt } = head;
    const state = this.#isCold
      ? (await retrievalOf(this.#client, this.#container.name, head)).state
      : undefined;
    return {
      key,
      sizeBytes,
      ...(modifiedAt === undefined ? {} : { modifiedAt }),
      ...(md5 === undefined ? {} : { digest: { algorithm: "md5", hex: md5 } }),
      ...(state === undefined ? {} : { state }),
    };
  }

  async #listedInfo(key: ObjectKey, listed: ListedObject): Promise<ObjectInfo | undefined> {
    if (listed.kind === "folder") return undefined;
    if (listed.kind !== "plain") {
      // Size, digest and state of a manifest are in no listing; it may also be gone by now.
      const head = await headObject(this.#client, this.#container.name, listed.name);
      return head && (await this.#headInfo(key, head));
    }
    const { sizeBytes, md5, modifiedAt } = listed;
    const state = this.#isCold ? coldStateOf(listed.retrievalState) : undefined;
    return {
      key,
      sizeBytes,
      ...(modifiedAt === undefined ? {} : { modifiedAt }),
      ...(md5 === undefined ? {} : { digest: { algorithm: "md5", hex: md5 } }),
      ...(state === undefined ? {} : { state }),
    };
  }
}
