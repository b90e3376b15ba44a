import {
  ColdstowError,
  objectKey,
  type ColdStorage,
  type ObjectKey,
  type ThawOptions,
  type ThawState,
  type ThawTerms,
} from "@coldstow/contracts";

import type { Container } from "./container.ts";
import { after, retryAtOf, statusError } from "./errors.ts";
import { drop } from "./http.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import { headObject } from "./object-head.ts";
import { lanes, retrievals, type Retrieval } from "./retrieval.ts";
import { segmentsOf } from "./segments.ts";
import type { SwiftClient } from "./swift-client.ts";

const tier = "standard";

/** OVH states no longest wait; 10 minutes to 10 hours were seen. A thawed object stays for a day. */
export const terms: ThawTerms = {
  tiers: [{ name: tier, hours: 12 }],
  readyHours: 24,
  pollSeconds: 600,
};

/** @throws {E_UNSUPPORTED} for another tier than the one there is */
export function checkTier(options: ThawOptions): void {
  if (options.tier === undefined || options.tier === tier) return;
  throw new ColdstowError("E_UNSUPPORTED", `OVH has no tier ${options.tier}, only ${tier}`, {
    subject: options.tier,
  });
}

function thawStateOf(key: ObjectKey, { state, delaySeconds }: Retrieval): ThawState {
  if (state !== "thawing" || delaySeconds === undefined) return { key, state };
  return { key, state, readyAt: after(delaySeconds) };
}

/**
 * Reads one object that is frozen, because that is the request. What comes if it is not frozen any
 * more is not read.
 */
async function ask(
  client: SwiftClient,
  container: string,
  name: string,
  query: Readonly<Record<string, string>> = {},
): Promise<void> {
  const doing = `asking for ${name}`;
  const answer = await client.send({
    method: "GET",
    container,
    object: name,
    query,
    doing,
  });
  if (answer.status >= 200 && answer.status <= 299) {
    answer.body.destroy();
    return;
  }
  await drop(answer);
  if (answer.status !== 429) throw statusError(answer, doing, name);
  // A busy store answers the same, and then the object is as frozen as before.
  const head = await headObject(client, container, name);
  if (head?.state === "frozen") {
    const retryAt = retryAtOf(answer) ?? after(60);
    throw new ColdstowError("E_THROTTLED", `${doing} was put off: too many requests`, {
      subject: name,
      retryAt,
    });
  }
}

/** Asks for an object and for each segment of it that is frozen. */
async function askWhole(client: SwiftClient, container: string, name: string): Promise<void> {
  const head = await headObject(client, container, name);
  const isStatic = head?.segmented?.kind === "static";
  // Of a static manifest only the manifest itself: its segments are asked for one by one.
  const query: Readonly<Record<string, string>> = isStatic ? { "multipart-manifest": "get" } : {};
  if (head?.state === "frozen") await ask(client, container, name, query);
  if (head?.segmented === undefined) return;
  if (isStatic && head.state !== undefined && head.state !== "ready") return;
  const segments = await segmentsOf(client, container, head);
  for (const [place, parts] of Map.groupBy(segments, (segment) => segment.container)) {
    const states = await retrievals(
      client,
      place,
      parts.map((part) => part.name),
    );
    const frozen = parts.filter((part) => states.get(part.name)?.state === "frozen");
    await mapConcurrently(frozen, lanes, (part) => ask(client, place, part.name));
  }
}

/** Sealing and unsealing of OVH Public Cloud Archive, by `HEAD`, listings and reads that are refused. */
export function coldObjects(
  client: SwiftClient,
  container: Container,
  nameOf: (key: ObjectKey) => string,
): ColdStorage {
  async function states(keys: readonly ObjectKey[]): Promise<readonly ThawState[]> {
    const found = await retrievals(client, container.name, keys.map(nameOf));
    const absent = keys.find((key) => !found.has(nameOf(key)));
    if (absent !== undefined) {
      await container.allowAbsence();
      throw new ColdstowError("E_NOT_FOUND", `there is no object ${absent}`, { subject: absent });
    }
    return keys.flatMap((key) => {
      const retrieval = found.get(nameOf(key));
      return retrieval === undefined ? [] : [thawStateOf(key, retrieval)];
    });
  }

  return {
    terms,

    async thawState(keys) {
      return await states(keys.map((key) => objectKey(key)));
    },

    async requestThaw(keys, options) {
      const checked = keys.map((key) => objectKey(key));
      checkTier(options);
      const before = await states(checked);
      const frozen = [
        ...new Set(before.filter(({ state }) => state === "frozen").map(({ key }) => key)),
      ];
      if (frozen.length === 0) return before;
      await mapConcurrently(frozen, lanes, (key) => askWhole(client, container.name, nameOf(key)));
      return await states(checked);
    },
  };
}
