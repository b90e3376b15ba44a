import { RestoreObjectCommand } from "@aws-sdk/client-s3";
import {
  ColdstowError,
  objectKey,
  type ColdStorage,
  type ObjectKey,
  type ThawOptions,
  type ThawState,
  type ThawTerms,
} from "@coldstow/contracts";

import { mapConcurrent } from "./map-concurrent.ts";
import type { S3Session } from "./session.ts";
import { ThawStates } from "./thaw-states.ts";

const defaultDays = 7;
const dayMs = 24 * 60 * 60 * 1000;
const pollSeconds = 30 * 60;

/** S3's names of the tiers, by those that coldstow has. */
function tierName(name: string): "Standard" | "Bulk" | "Expedited" {
  switch (name) {
    case "bulk":
      return "Bulk";
    case "expedited":
      return "Expedited";
    default:
      return "Standard";
  }
}

/** Requests and states of archived objects: `RestoreObject` and `x-amz-restore`. */
export class S3ColdStorage implements ColdStorage {
  readonly terms: ThawTerms;
  readonly #session: S3Session;
  readonly #states: ThawStates;

  constructor(session: S3Session, states: ThawStates) {
    this.#session = session;
    this.#states = states;
    this.terms = { tiers: session.config.tiers, readyHours: undefined, pollSeconds };
  }

  /**
   * Asks for what is frozen, and for longer where what is ready would go before `days` have passed;
   * never for less, which some stores refuse and others take as a wish to end it earlier.
   * @throws {E_UNSUPPORTED} for a tier or a number of days that the store does not have
   */
  async requestThaw(
    keys: readonly ObjectKey[],
    options: ThawOptions,
  ): Promise<readonly ThawState[]> {
    const checked = keys.map((key) => objectKey(key));
    const days = this.#days(options);
    const tier = this.#tier(options);
    const states = await this.#states.of(checked);
    return await mapConcurrent(states, this.#session.config.connections, async (told) => {
      if (told.state === "thawing") return told;
      // An object of a warm class is ready for ever.
      if (told.state === "ready" && told.readyUntil === undefined) return told;
      const wanted = Date.now() + days * dayMs;
      if (told.state === "ready" && Date.parse(told.readyUntil ?? "") >= wanted) return told;
      await this.#restore(told.key, days, tier);
      return told.state === "ready"
        ? await this.#states.ofOne(told.key)
        : { key: told.key, state: "thawing" };
    });
  }

  async thawState(keys: readonly ObjectKey[]): Promise<readonly ThawState[]> {
    return await this.#states.of(keys.map((key) => objectKey(key)));
  }

  #days({ days = defaultDays }: ThawOptions): number {
    if (Number.isSafeInteger(days) && days >= 1 && days <= 36_500) return days;
    throw new ColdstowError("E_UNSUPPORTED", `${days} is no number of days to keep objects ready`);
  }

  #tier({ tier }: ThawOptions): string {
    const { tiers } = this.terms;
    const found = tiers.find(({ name }) => name === (tier ?? tiers[0].name));
    if (found !== undefined) return found.name;
    const names = tiers.map(({ name }) => name).join(", ");
    throw new ColdstowError(
      "E_UNSUPPORTED",
      `there is no tier ${String(tier)} here, only ${names}`,
    );
  }

  async #restore(key: ObjectKey, days: number, tier: string): Promise<void> {
    const { sendsTier } = this.#session.config;
    const command = new RestoreObjectCommand({
      ...this.#session.object(key),
      RestoreRequest: {
        Days: days,
        ...(sendsTier ? { GlacierJobParameters: { Tier: tierName(tier) } } : {}),
      },
    });
    await this.#session.request({ doing: `asking for ${key}`, key }, async (options) => {
      try {
        await this.#session.client.send(command, options);
      } catch (error) {
        if ((error as { name?: unknown } | null)?.name !== "RestoreAlreadyInProgress") throw error;
      }
    });
  }
}
