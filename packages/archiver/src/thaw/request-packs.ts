import type { JobPack, JobPackChange } from "@coldstow/catalogue";
import { describeError, objectKey, type ThawState } from "@coldstow/contracts";
import { askStates } from "./ask-states.ts";
import { msOfNs, nsOfMs } from "./clock.ts";
import type { ColdDestination } from "./cold-destination.ts";
import { note, type ThawContext } from "./thaw-context.ts";

const hourMs = 60 * 60 * 1000;

/**
 * Asks a destination for packs that are frozen there. Their states are asked first, so that nothing
 * that is thawing or ready is asked for twice; what is about to be asked for is committed as `requested`
 * before, the answer after it.
 * @param packs as many as one call carries
 * @throws what the place throws; the packs are then `requested`, and their states tell what became of it
 */
export async function requestPacks(
  context: ThawContext,
  from: ColdDestination,
  packs: readonly JobPack[],
  days: number | undefined,
): Promise<void> {
  const frozen = await frozenOf(context, from, packs);
  if (frozen.length === 0) return;
  const readyNs = nsOfMs(context.clock.now() + from.tier.hours * hourMs);
  await note(
    context,
    frozen.map(({ pack }) => ({ pack, state: "requested", readyNs })),
  );
  try {
    const answers = await from.cold.requestThaw(
      frozen.map(({ key }) => objectKey(key)),
      {
        ...(from.isTierNamed && { tier: from.tier.name }),
        ...(days !== undefined && { days }),
      },
    );
    context.heard(from.destination.id, answers);
    const byKey = new Map<string, ThawState>(answers.map((answer) => [answer.key, answer]));
    await note(
      context,
      frozen.flatMap(({ pack, key }) => changeFor(pack, byKey.get(key))),
    );
  } catch (error) {
    // One of them is gone: the states tell which, and the others are asked for again.
    if (describeError(error).code !== "E_NOT_FOUND") throw error;
    const left = await frozenOf(context, from, frozen);
    if (left.length === frozen.length) throw error;
    await requestPacks(context, from, left, days);
  }
}

/** The packs that are really frozen; of the others the state is noted. */
async function frozenOf(
  context: ThawContext,
  from: ColdDestination,
  packs: readonly JobPack[],
): Promise<readonly JobPack[]> {
  const keys = packs.map(({ key }) => objectKey(key));
  const states = await askStates(from.cold, keys, context.signal);
  const frozen: JobPack[] = [];
  const changes: JobPackChange[] = [];
  const gone: number[] = [];
  for (const one of packs) {
    const state = states.get(one.key);
    if (state === undefined || state === "missing") {
      context.reject(one.pack, from.destination.id);
      gone.push(one.pack);
    } else if (state.state === "frozen") {
      frozen.push(one);
    } else {
      changes.push(...changeFor(one.pack, state));
    }
  }
  await note(context, changes);
  if (gone.length > 0) await context.reconsider(gone);
  return frozen;
}

/** What an answer says of a pack; one that is still frozen stays `requested` until it is looked at again. */
export function changeFor(pack: number, answer: ThawState | undefined): readonly JobPackChange[] {
  if (answer === undefined || answer.state === "frozen") return [];
  if (answer.state === "ready") return [{ pack, state: "ready" }];
  const readyMs = answer.readyAt === undefined ? Number.NaN : Date.parse(answer.readyAt);
  return [
    { pack, state: "thawing", ...(Number.isNaN(readyMs) ? {} : { readyNs: nsOfMs(readyMs) }) },
  ];
}

/** True where a pack that is on its way is expected by now. */
export function isDue({ readyNs }: Pick<JobPack, "readyNs">, nowMs: number): boolean {
  return readyNs === null || msOfNs(readyNs) <= nowMs;
}
