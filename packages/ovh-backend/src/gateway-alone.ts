import {
  ColdstowError,
  describeError,
  objectKey,
  type BodySource,
  type Capabilities,
  type ColdStorage,
  type ErrorCode,
  type GetOptions,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
  type StorageBackend,
  type ThawState,
} from "@coldstow/contracts";

import { checkTier, terms } from "./cold-objects.ts";
import { after } from "./errors.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import type { ThawLedger } from "./thaw-ledger.ts";

/** A read that ends so was refused by the gateway, which gives no reason; others never came to that. */
const refusals: ReadonlySet<ErrorCode> = new Set(["E_IO", "E_PERMISSION", "E_UNSUPPORTED"]);

/**
 * The SFTP gateway where Swift cannot be asked for states. To read a sealed object is to ask for it,
 * and nothing else tells whether it is sealed. So nothing is read that was not asked for, by this
 * run or an earlier one: such an object counts as frozen.
 */
export class GatewayAlone implements StorageBackend {
  readonly capabilities: Capabilities;
  readonly cold: ColdStorage;
  readonly tariff?: string;
  readonly #data: StorageBackend;
  readonly #ledger: ThawLedger;

  constructor(data: StorageBackend, ledger: ThawLedger, tariff: string | undefined) {
    this.#data = data;
    this.#ledger = ledger;
    this.capabilities = { ...data.capabilities, freeRead: false };
    if (tariff !== undefined) this.tariff = tariff;
    this.cold = {
      terms,
      thawState: (keys) => this.#each(keys, (key) => this.#look(key)),
      requestThaw: async (keys, options) => {
        const checked = keys.map((key) => objectKey(key));
        checkTier(options);
        return await this.#each(checked, (key) => this.#ask(key));
      },
    };
  }

  async put(key: ObjectKey, source: BodySource, options?: PutOptions): Promise<ObjectInfo> {
    const info = await this.#data.put(key, source, options);
    await this.#ledger.forget(info.key);
    return info;
  }

  async *get(
    name: ObjectKey,
    options: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const key = objectKey(name);
    const known = await this.#ledger.stateOf(key);
    if (known === undefined) {
      await this.#mustExist(key);
      throw new ColdstowError("E_FROZEN", `${key} is frozen and was not asked for`, {
        subject: key,
      });
    }
    try {
      yield* this.#data.get(key, options);
      if (known === "asked") await this.#ledger.ready(key);
    } catch (error) {
      if (!refusals.has(describeError(error).code)) throw error;
      // It has frozen again, and this read was the next request.
      if (known === "ready") await this.#ledger.asked(key);
      throw new ColdstowError("E_THAWING", `${key} was asked for and cannot be read yet`, {
        subject: key,
        retryAt: after(terms.pollSeconds),
        cause: error,
      });
    }
  }

  stat(key: ObjectKey): Promise<ObjectInfo | undefined> {
    return this.#data.stat(key);
  }

  list(prefix: string): AsyncIterable<ObjectInfo> {
    return this.#data.list(prefix);
  }

  async delete(key: ObjectKey): Promise<void> {
    await this.#data.delete(key);
    await this.#ledger.forget(key);
  }

  close(): Promise<void> {
    return this.#data.close();
  }

  async #each(
    keys: readonly ObjectKey[],
    work: (key: ObjectKey) => Promise<ThawState>,
  ): Promise<readonly ThawState[]> {
    const checked = keys.map((key) => objectKey(key));
    return await mapConcurrently(checked, this.capabilities.maxConcurrent, async (key) => {
      await this.#mustExist(key);
      return await work(key);
    });
  }

  async #mustExist(key: ObjectKey): Promise<void> {
    if ((await this.#data.stat(key)) !== undefined) return;
    throw new ColdstowError("E_NOT_FOUND", `there is no object ${key}`, { subject: key });
  }

  async #look(key: ObjectKey): Promise<ThawState> {
    const known = await this.#ledger.stateOf(key);
    if (known === undefined) return { key, state: "frozen" };
    return known === "ready" ? { key, state: "ready" } : await this.#read(key);
  }

  async #ask(key: ObjectKey): Promise<ThawState> {
    const known = await this.#ledger.stateOf(key);
    if (known === "ready") return { key, state: "ready" };
    // Remembered before the act: a request that is made cannot be taken back.
    if (known === undefined) await this.#ledger.asked(key);
    return await this.#read(key);
  }

  /** Reads one byte: the request, and the only way to see whether it was granted. */
  async #read(key: ObjectKey): Promise<ThawState> {
    const { rangeRead } = this.#data.capabilities;
    try {
      const bytes = this.#data.get(key, rangeRead ? { range: { start: 0, end: 1 } } : {});
      for await (const chunk of bytes) if (chunk.length > 0) break;
    } catch (error) {
      if (!refusals.has(describeError(error).code)) throw error;
      return { key, state: "thawing" };
    }
    await this.#ledger.ready(key);
    return { key, state: "ready" };
  }
}
