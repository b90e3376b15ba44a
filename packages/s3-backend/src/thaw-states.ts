import { HeadObjectCommand } from "@aws-sdk/client-s3";
import {
  ColdstowError,
  isColdstowError,
  type ObjectKey,
  type ThawState,
} from "@coldstow/contracts";

import type { Bucket } from "./bucket.ts";
import { keyOfStored, storedName } from "./config.ts";
import { listedState, listPage } from "./list-objects.ts";
import { mapConcurrent } from "./map-concurrent.ts";
import { objectState, parseRestore } from "./object-state.ts";
import type { S3Session } from "./session.ts";

/** From so many keys on a listing is asked, where it tells states. */
const listFrom = 20;

function absent(key: string): ColdstowError {
  return new ColdstowError("E_NOT_FOUND", `there is no object ${key}`, { subject: key });
}

/** A name that sorts after every key before this one, and before this one. */
function justBefore(name: string): string {
  const last = name.codePointAt(name.length - 1) ?? 1;
  return `${name.slice(0, -1)}${String.fromCodePoint(last - 1)}~`;
}

/** Finds out which objects can be read: by listing for many, one by one for few. */
export class ThawStates {
  readonly #session: S3Session;
  readonly #bucket: Bucket;

  constructor(session: S3Session, bucket: Bucket) {
    this.#session = session;
    this.#bucket = bucket;
  }

  /**
   * The states in the keys' order. Requests: one for each key, or at most that many pages of 1000.
   * @throws {E_NOT_FOUND} naming a key that has no object
   */
  async of(keys: readonly ObjectKey[]): Promise<readonly ThawState[]> {
    const { config } = this.#session;
    if (keys.length < listFrom || !config.listsStates) {
      return await mapConcurrent(keys, config.connections, (key) => this.ofOne(key));
    }
    const states = await this.#listed(keys);
    return keys.map((key) => {
      const found = states.get(key);
      if (found === undefined) throw absent(key);
      return found;
    });
  }

  /** @throws {E_NOT_FOUND} */
  async ofOne(key: ObjectKey): Promise<ThawState> {
    const command = new HeadObjectCommand(this.#session.object(key));
    try {
      const told = await this.#session.head(
        { doing: `asking the state of ${key}`, key },
        (options) => this.#session.client.send(command, options),
      );
      return { key, ...objectState(told.StorageClass, parseRestore(told.Restore)) };
    } catch (error) {
      if (!isColdstowError(error) || error.code !== "E_NOT_FOUND") throw error;
      await this.#bucket.mustExist();
      throw absent(key);
    }
  }

  async #listed(keys: readonly ObjectKey[]): Promise<ReadonlyMap<string, ThawState>> {
    const { config } = this.#session;
    const wanted = [...new Set(keys)].toSorted();
    const isWanted = new Set<string>(wanted);
    const found = new Map<string, ThawState>();
    for (let next = 0; next < wanted.length;) {
      const from = justBefore(storedName(config, wanted[next] ?? ""));
      const page = await listPage(this.#session, "", { StartAfter: from });
      for (const entry of page.objects) {
        const key = keyOfStored(config, entry.Key);
        const told = listedState(config, entry);
        if (key === undefined || told === undefined || !isWanted.has(key)) continue;
        found.set(key, { key: key as ObjectKey, ...told });
      }
      const last = keyOfStored(config, page.objects.at(-1)?.Key ?? "");
      if (page.next === undefined || last === undefined) break;
      next += 1;
      while (next < wanted.length && (wanted[next] ?? "") <= last) next += 1;
    }
    return found;
  }
}
