import {
  type ColdStorage,
  describeError,
  type ObjectKey,
  throwIfCancelled,
  type ThawState,
} from "@coldstow/contracts";

/** The state of an object, or that the place has none under the key. */
export type ColdAnswer = ThawState | "missing";

/** How many keys one call carries. */
export const keysPerCall = 1000;

/**
 * Asks for the states of objects; none is read and none is thawed by that. An object that is gone
 * does not keep the others from being told: the keys are halved until it stands alone.
 * @throws what the place throws, but for {E_NOT_FOUND}
 */
export async function askStates(
  cold: ColdStorage,
  keys: readonly ObjectKey[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, ColdAnswer>> {
  const answers = new Map<string, ColdAnswer>();
  for (let at = 0; at < keys.length; at += keysPerCall) {
    throwIfCancelled(signal);
    await ask(cold, keys.slice(at, at + keysPerCall), answers);
  }
  return answers;
}

async function ask(
  cold: ColdStorage,
  keys: readonly ObjectKey[],
  answers: Map<string, ColdAnswer>,
): Promise<void> {
  try {
    for (const state of await cold.thawState(keys)) answers.set(state.key, state);
  } catch (error) {
    if (describeError(error).code !== "E_NOT_FOUND") throw error;
    if (keys.length > 1) {
      const middle = Math.ceil(keys.length / 2);
      await ask(cold, keys.slice(0, middle), answers);
      await ask(cold, keys.slice(middle), answers);
    }
  }
  for (const key of keys) if (!answers.has(key)) answers.set(key, "missing");
}
