import {
  ColdstowError,
  describeError,
  objectKey,
  type ByteRange,
  type StorageBackend,
} from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { brokenHarness, expectations, type Fault } from "../testing/broken-harness.ts";
import { checkBackend } from "./check-backend.ts";
import { coldBackend, ColdStore } from "./cold-backend.ts";
import type { Harness } from "./harness.ts";

const faults: readonly Fault[] = [
  {
    what: "takes the end of a range as the last byte",
    group: "ranges",
    scenario: /in the middle/,
    breaks: (inner) => ({
      get: (key, options) => inner.get(key, shifted(options?.range, options, 1)),
    }),
  },
  {
    what: "ignores ranges",
    group: "ranges",
    scenario: /from the start/,
    breaks: (inner) => ({ get: (key) => inner.get(key) }),
  },
  {
    what: "lists only the first thousand",
    group: "listing",
    scenario: /page after page/,
    breaks: (inner) => ({
      async *list(prefix) {
        let shown = 0;
        for await (const info of inner.list(prefix)) {
          shown += 1;
          if (shown <= 1000) yield info;
        }
      },
    }),
  },
  {
    what: "lists the last object of each page twice",
    group: "listing",
    scenario: /page after page/,
    breaks: (inner) => ({
      async *list(prefix) {
        let shown = 0;
        for await (const info of inner.list(prefix)) {
          shown += 1;
          yield info;
          if (shown % 1000 === 0) yield info;
        }
      },
    }),
  },
  {
    what: "lists whole folders only",
    group: "listing",
    scenario: /need not end/,
    breaks: (inner) => ({
      async *list(prefix) {
        const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
        yield* inner.list(folder);
      },
    }),
  },
  {
    what: "says that nothing is there when it does not know",
    group: "uncertainty",
    scenario: /stat of an object/,
    breaks: (inner) => ({
      stat: async (key) => {
        objectKey(key);
        return await inner.stat(key).catch(() => undefined);
      },
    }),
  },
  {
    what: "ends a listing quietly when it breaks",
    group: "uncertainty",
    scenario: /a listing/,
    breaks: (inner, store) => ({
      async *list(prefix) {
        if (store.broken === undefined) yield* inner.list(prefix);
      },
    }),
  },
  {
    what: "accepts names that lead out of its place",
    group: "keys",
    scenario: /^put refuses/,
    breaks: (inner) => ({
      put: async (key, source, options) =>
        await inner.put(objectKey(key.replaceAll("../", "")), source, options),
    }),
  },
  {
    what: "makes small letters of capitals",
    group: "keys",
    scenario: /^get refuses/,
    breaks: (inner) => ({
      get: (key, options) => inner.get(objectKey(key.toLowerCase()), options),
    }),
  },
  {
    what: "tells a digest that it did not compute",
    group: "capability-claims",
    scenario: /digest of the bytes/,
    breaks: (inner) => ({
      capabilities: { ...inner.capabilities, serverDigest: "md5" },
      stat: async (key) => {
        const info = await inner.stat(key);
        const digest = { algorithm: "md5", hex: "d41d8cd98f00b204e9800998ecf8427e" } as const;
        return info === undefined ? undefined : { ...info, digest };
      },
    }),
  },
  {
    what: "throws errors without a code",
    group: "stating",
    scenario: /parents and children/,
    breaks: (inner) => ({
      get: (key, options) => uncoded(inner.get(key, options)),
    }),
  },
  {
    what: "forgets its objects when it is closed",
    group: "closing",
    scenario: /outlive/,
    breaks: (_inner, store) => ({ close: async () => store.objects.clear() }),
  },
  {
    what: "cannot be closed twice",
    group: "closing",
    scenario: /twice/,
    breaks: () => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw new ColdstowError("E_IO", "closed already");
          closed = true;
        },
      };
    },
  },
];

function shifted(
  range: ByteRange | undefined,
  options: object | undefined,
  by: number,
): { range?: ByteRange } {
  return range === undefined
    ? { ...options }
    : { ...options, range: { start: range.start, end: range.end + by } };
}

async function* uncoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw new Error(`uncoded: ${describeError(error).title}`, { cause: error });
  }
}

describe("the kit notices a backend if", () => {
  for (const { what, group, scenario, breaks } of faults) {
    test(`it ${what}`, async () => {
      const { failed } = await checkBackend(brokenHarness(breaks), { only: [group] });
      expect(failed.map(({ name }) => name)).toContainEqual(expect.stringMatching(scenario));
    });
  }

  test("it thaws by itself when it is read", async () => {
    const store = new ColdStore();
    const now = 0;
    const open: Harness["open"] = async () => {
      const inner = coldBackend({ store, clock: () => now });
      const backend: StorageBackend = {
        ...inner,
        async *get(key, options) {
          await inner.cold.requestThaw([key], {});
          yield* inner.get(key, options);
        },
      };
      return {
        backend,
        reopen: async () => backend,
        cold: { makeReady: async () => undefined, makeFrozen: async () => store.windows.clear() },
        cleanup: async () => store.objects.clear(),
      };
    };
    const harness: Harness = { open, expect: { ...expectations, cold: true } };
    const { failed } = await checkBackend(harness, { only: ["cold-states"] });
    expect(failed.map(({ name }) => name)).toContain("to read or to look does not ask for a thaw");
  });

  test("it offers less than the harness expects of it", async () => {
    const harness: Harness = {
      ...brokenHarness(() => ({})),
      expect: { capabilities: { serverDigest: "md5" }, cold: false, staged: true },
    };
    const { failed } = await checkBackend(harness, {
      only: ["capability-claims", "staged-files"],
    });
    expect(failed.length).toBeGreaterThan(5);
  });
});

test("the sound backend under the faults passes every group", async () => {
  const { failed, leftOut } = await checkBackend(brokenHarness(() => ({})));
  expect(failed).toEqual([]);
  expect(leftOut).toEqual([]);
});
