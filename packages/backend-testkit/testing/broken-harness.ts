import { ColdstowError, type StorageBackend } from "@coldstow/contracts";

import type { GroupName } from "../src/groups/index.ts";
import type { Expectations, Harness } from "../src/harness.ts";
import { memoryBackend, MemoryStore } from "../src/memory-backend.ts";

/** A backend that breaks the contract in one way, and the scenario that must notice. */
export interface Fault {
  readonly what: string;
  readonly group: GroupName;
  readonly scenario: RegExp;
  readonly breaks: (inner: StorageBackend, store: MemoryStore) => Partial<StorageBackend>;
}

export const expectations: Expectations = { capabilities: {}, cold: false, staged: false };

/** A harness of a memory backend with some of its calls replaced. */
export function brokenHarness(breaks: Fault["breaks"]): Harness {
  return {
    expect: expectations,
    timeoutMs: 2000,
    open: async () => {
      const store = new MemoryStore();
      const client = (): StorageBackend => {
        const inner = memoryBackend({ store });
        const whole: StorageBackend = {
          capabilities: inner.capabilities,
          put: (...call) => inner.put(...call),
          get: (...call) => inner.get(...call),
          stat: (...call) => inner.stat(...call),
          list: (...call) => inner.list(...call),
          delete: (...call) => inner.delete(...call),
          close: () => inner.close(),
        };
        return { ...whole, ...breaks(inner, store) };
      };
      return {
        backend: client(),
        reopen: async () => client(),
        breakStore: async () => {
          store.broken = new ColdstowError("E_IO", "the store cannot answer");
        },
        cleanup: async () => undefined,
      };
    },
  };
}
