import type { ColdState } from "@coldstow/contracts";

import { listing, type ListedObject } from "./listing.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import { coldStateOf, headObject, type ObjectHead } from "./object-head.ts";
import { segmentsOf } from "./segments.ts";
import type { SwiftClient } from "./swift-client.ts";

/** How far an object is from being read. */
export interface Retrieval {
  readonly state: ColdState;
  /** Until it can be read, while it is being thawed and the store tells it. */
  readonly delaySeconds: number | undefined;
}

/** How many objects are looked at one by one; more are looked up in a listing. */
export const fewObjects = 32;
/** How many requests run at once within one call. */
export const lanes = 8;

const order: Readonly<Record<ColdState, number>> = { ready: 0, thawing: 1, frozen: 2 };

/** The state of something whose every part must be ready. */
function combined(parts: readonly Retrieval[]): Retrieval {
  let state: ColdState = "ready";
  let delay: number | undefined;
  for (const part of parts) {
    if (order[part.state] > order[state]) state = part.state;
    if (part.delaySeconds !== undefined) delay = Math.max(delay ?? 0, part.delaySeconds);
  }
  return { state, delaySeconds: state === "thawing" ? delay : undefined };
}

/** A store that tells no state, as any other Swift, gives its objects at once. */
function ownRetrieval({ state, delaySeconds }: ObjectHead): Retrieval {
  return { state: state ?? "ready", delaySeconds };
}

/** Nothing before the first of the names, nothing behind the last, and their common beginning. */
function spanOf(names: readonly string[]): { prefix: string; before: string } {
  const sorted = names.toSorted();
  const first = sorted[0] ?? "";
  const last = sorted.at(-1) ?? "";
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  return { prefix: first.slice(0, length), before: `${last}\u{1}` };
}

function listedRetrieval(listed: ListedObject): Retrieval | undefined {
  const state = listed.kind === "plain" ? coldStateOf(listed.retrievalState) : undefined;
  return state && { state, delaySeconds: listed.delaySeconds };
}

/**
 * The states of objects in one container; names that are not there are left out. Many are looked
 * up in one listing of the span in which they lie. Memory grows with the number of names.
 */
export async function retrievals(
  client: SwiftClient,
  container: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Retrieval>> {
  const found = new Map<string, Retrieval>();
  const wanted = new Set(names);
  if (wanted.size > fewObjects) {
    for await (const listed of listing(client, { container, ...spanOf(names) })) {
      if (listed === undefined || !wanted.has(listed.name)) continue;
      const retrieval = listedRetrieval(listed);
      if (retrieval !== undefined) found.set(listed.name, retrieval);
    }
  }
  const left = [...wanted].filter((name) => !found.has(name));
  await mapConcurrently(left, lanes, async (name) => {
    const head = await headObject(client, container, name);
    if (head !== undefined) found.set(name, await retrievalOf(client, container, head));
  });
  return found;
}

/**
 * The state of an object that was looked at, with that of its segments. A static manifest that is
 * frozen tells nothing of its segments, and reading it would ask for it.
 */
export async function retrievalOf(
  client: SwiftClient,
  container: string,
  head: ObjectHead,
): Promise<Retrieval> {
  const own = ownRetrieval(head);
  if (head.segmented === undefined) return own;
  if (head.segmented.kind === "static" && own.state !== "ready") return own;
  const parts = [own];
  const byContainer = Map.groupBy(
    await segmentsOf(client, container, head),
    (segment) => segment.container,
  );
  for (const [place, segments] of byContainer) {
    const states = await retrievals(
      client,
      place,
      segments.map(({ name }) => name),
    );
    parts.push(...states.values());
  }
  return combined(parts);
}
