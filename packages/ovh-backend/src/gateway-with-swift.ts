import { createHash } from "node:crypto";

import {
  ColdstowError,
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

import type { SwiftBackend } from "./swift-backend.ts";

/** The same body, and the MD5 of what was read of it. */
function measured(source: BodySource): {
  readonly body: BodySource;
  readonly md5: () => Promise<string>;
} {
  let hex = source.digests.find(({ algorithm }) => algorithm === "md5")?.hex;
  async function* open(offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (hex !== undefined || offset > 0) {
      yield* source.open(offset);
      return;
    }
    const digest = createHash("md5");
    for await (const chunk of source.open(0)) {
      digest.update(chunk);
      yield chunk;
    }
    hex = digest.digest("hex");
  }
  return {
    body: { sizeBytes: source.sizeBytes, digests: source.digests, open },
    async md5() {
      if (hex === undefined) {
        const digest = createHash("md5");
        for await (const chunk of source.open(0)) digest.update(chunk);
        hex = digest.digest("hex");
      }
      return hex;
    },
  };
}

/**
 * Bodies move by the SFTP gateway; Swift, which keeps the same objects, tells their digests and
 * states, and deletes them with their segments.
 */
export class GatewayWithSwift implements StorageBackend {
  readonly capabilities: Capabilities;
  readonly cold?: ColdStorage;
  readonly tariff?: string;
  readonly #data: StorageBackend;
  readonly #swift: SwiftBackend;

  constructor(data: StorageBackend, swift: SwiftBackend) {
    this.#data = data;
    this.#swift = swift;
    this.capabilities = {
      ...data.capabilities,
      serverDigest: "md5",
      freeRead: swift.capabilities.freeRead,
    };
    if (swift.cold !== undefined) this.cold = swift.cold;
    if (swift.tariff !== undefined) this.tariff = swift.tariff;
  }

  /** @throws {E_FIXITY} if Swift tells another digest than that of the body; the object is removed */
  async put(name: ObjectKey, source: BodySource, options: PutOptions = {}): Promise<ObjectInfo> {
    const key = objectKey(name);
    if (source.sizeBytes <= this.capabilities.maxObjectBytes) await this.#swift.ensureContainer();
    const { body, md5 } = measured(source);
    await this.#data.put(key, body, options);
    const stored = await this.#swift.stat(key);
    const sent = await md5();
    if (stored?.sizeBytes === source.sizeBytes && stored.digest?.hex === sent) return stored;
    if (stored === undefined || stored.digest === undefined) {
      throw new ColdstowError(
        "E_TEMPORARY",
        `${key} was sent, and Swift does not tell its digest yet; it does not count as stored`,
        { subject: key },
      );
    }
    await this.#swift.delete(key);
    throw new ColdstowError(
      "E_FIXITY",
      `${key} has the MD5 ${stored.digest.hex} in the store, and ${sent} was sent; it was removed there`,
      { subject: key },
    );
  }

  async *get(
    name: ObjectKey,
    options: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const key = objectKey(name);
    if (this.cold !== undefined) {
      const [told] = await this.cold.thawState([key]);
      if (told?.state === "frozen") {
        throw new ColdstowError("E_FROZEN", `${key} is frozen and was not asked for`, {
          subject: key,
        });
      }
      if (told?.state === "thawing") {
        throw new ColdstowError("E_THAWING", `${key} is being thawed`, {
          subject: key,
          ...(told.readyAt === undefined ? {} : { retryAt: told.readyAt }),
        });
      }
    }
    yield* this.#data.get(key, options);
  }

  stat(key: ObjectKey): Promise<ObjectInfo | undefined> {
    return this.#swift.stat(key);
  }

  list(prefix: string): AsyncIterable<ObjectInfo> {
    return this.#swift.list(prefix);
  }

  delete(key: ObjectKey): Promise<void> {
    return this.#swift.delete(key);
  }

  async close(): Promise<void> {
    await Promise.all([this.#data.close(), this.#swift.close()]);
  }
}
