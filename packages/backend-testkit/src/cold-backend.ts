import {
  ColdstowError,
  objectKey,
  type Capabilities,
  type ColdState,
  type ColdStorage,
  type GetOptions,
  type ObjectInfo,
  type ObjectKey,
  type StorageBackend,
  type ThawState,
} from "@coldstow/contracts";

import { memoryBackend, MemoryStore, type MemoryBackendOptions } from "./memory-backend.ts";

const hourMs = 60 * 60 * 1000;

/** When an object is ready. Outside the window it is frozen, or thawing before it. */
export interface ReadyWindow {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The objects of a cold store and their windows; several backends may share one. */
export class ColdStore extends MemoryStore {
  readonly windows: Map<ObjectKey, ReadyWindow> = new Map();
}

export interface ColdBackendOptions extends MemoryBackendOptions {
  readonly store?: ColdStore;
  /** Milliseconds since 1970. Tests move it; nothing else makes an object ready. */
  readonly clock: () => number;
  /** How long a thaw takes; four hours if not given. */
  readonly thawMs?: number;
  /** How long a new object can still be read before it freezes; not at all if not given. */
  readonly unsealedMs?: number;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** A memory backend whose objects are frozen: each must be thawed, and is then ready for `days`. */
export function coldBackend(
  options: ColdBackendOptions,
): StorageBackend & { readonly cold: ColdStorage } {
  const { clock, thawMs = 4 * hourMs, unsealedMs = 0 } = options;
  const store = options.store ?? new ColdStore();
  const inner = memoryBackend({ ...options, store });
  const capabilities: Capabilities = { ...inner.capabilities, freeRead: false };

  function stateOf(name: ObjectKey): ThawState {
    const key = objectKey(name);
    if (!store.reach().has(key)) {
      throw new ColdstowError("E_NOT_FOUND", `there is no object ${key}`, { subject: key });
    }
    const window = store.windows.get(key);
    const now = clock();
    if (window === undefined || now >= window.untilMs) return { key, state: "frozen" };
    const readyUntil = iso(window.untilMs);
    if (now >= window.fromMs) return { key, state: "ready", readyUntil };
    return { key, state: "thawing", readyAt: iso(window.fromMs), readyUntil };
  }

  function withState(info: ObjectInfo): ObjectInfo {
    const state: ColdState = stateOf(info.key).state;
    return { ...info, state };
  }

  async function* get(
    key: ObjectKey,
    getOptions?: GetOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { state, readyAt } = stateOf(key);
    if (state !== "ready") {
      const details = { subject: key, ...(readyAt === undefined ? {} : { retryAt: readyAt }) };
      throw state === "frozen"
        ? new ColdstowError("E_FROZEN", `${key} is frozen`, details)
        : new ColdstowError("E_THAWING", `${key} is being thawed`, details);
    }
    yield* inner.get(key, getOptions);
  }

  const cold: ColdStorage = {
    terms: {
      tiers: [{ name: "standard", hours: thawMs / hourMs }],
      readyHours: undefined,
      pollSeconds: 600,
    },
    async requestThaw(keys, { days = 1 }) {
      for (const { key, state } of keys.map(stateOf)) {
        if (state !== "frozen") continue;
        const fromMs = clock() + thawMs;
        store.windows.set(key, { fromMs, untilMs: fromMs + days * 24 * hourMs });
      }
      return keys.map(stateOf);
    },
    thawState: async (keys) => keys.map(stateOf),
  };

  return {
    capabilities,
    cold,
    get,
    async put(key, source, putOptions) {
      const info = await inner.put(key, source, putOptions);
      store.windows.set(key, { fromMs: clock(), untilMs: clock() + unsealedMs });
      return withState(info);
    },
    async stat(key) {
      const info = await inner.stat(key);
      return info === undefined ? undefined : withState(info);
    },
    async *list(prefix) {
      for await (const info of inner.list(prefix)) yield withState(info);
    },
    async delete(key) {
      await inner.delete(key);
      store.windows.delete(key);
    },
    close: () => inner.close(),
  };
}
