import { DeleteObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { ColdstowError, type ObjectKey } from "@coldstow/contracts";

import type { S3Session } from "./session.ts";

/**
 * Lets one object through first and asks in which class the store keeps it; the others wait. Some
 * regions take a cold class silently as a warm one, which would cost many times as much.
 */
export class StorageClassGate {
  readonly #session: S3Session;
  #confirmed: boolean;
  #first: Promise<unknown> = Promise.resolve();

  constructor(session: S3Session) {
    this.#session = session;
    this.#confirmed = session.config.storageClass === undefined;
  }

  /**
   * Runs the put; the first of a session with a class that is asked for is looked at.
   * @param existed whether an object was there before, which is asked only where it matters
   * @throws {E_STORAGE_CLASS} and deletes the object, if it is new
   */
  async pass<T>(
    key: ObjectKey,
    existed: () => Promise<boolean>,
    put: () => Promise<T>,
  ): Promise<T> {
    while (!this.#confirmed) {
      const before = this.#first;
      const turn = before.catch(() => undefined);
      await turn;
      if (this.#confirmed) break;
      if (this.#first !== before) continue;
      const work = this.#looked(key, existed, put);
      this.#first = work;
      return await work;
    }
    return await put();
  }

  async #looked<T>(
    key: ObjectKey,
    existed: () => Promise<boolean>,
    put: () => Promise<T>,
  ): Promise<T> {
    const replaced = await existed();
    const result = await put();
    const kept = await this.#classOf(key);
    const { storageClass } = this.#session.config;
    if (kept === storageClass) {
      this.#confirmed = true;
      return result;
    }
    if (!replaced) await this.#remove(key);
    const end = replaced ? "it replaced an object and was left" : "it was deleted again";
    throw new ColdstowError(
      "E_STORAGE_CLASS",
      `the store keeps ${key} in the class ${kept}, and the settings say ${String(storageClass)}; ${end}`,
      { subject: key },
    );
  }

  async #classOf(key: ObjectKey): Promise<string> {
    const command = new HeadObjectCommand(this.#session.object(key));
    const told = await this.#session.head({ doing: `looking at ${key}`, key }, (options) =>
      this.#session.client.send(command, options),
    );
    return told.StorageClass ?? "STANDARD";
  }

  async #remove(key: ObjectKey): Promise<void> {
    const command = new DeleteObjectCommand(this.#session.object(key));
    await this.#session.request({ doing: `deleting ${key}`, key }, (options) =>
      this.#session.client.send(command, options),
    );
  }
}
