import { bytesSource, ColdstowError, objectKey, type ObjectKey } from "@coldstow/contracts";
import { describe, expect, test } from "vitest";

import { brokenHarness, type Fault } from "../testing/broken-harness.ts";
import { readAll } from "./bench.ts";
import { checkBackend } from "./check-backend.ts";

const faults: readonly Fault[] = [
  {
    what: "shows an object before its put is done",
    group: "all-or-nothing",
    scenario: /fails midway leaves no object/,
    breaks: (inner) => ({
      put: async (key, source, options) => {
        objectKey(key);
        let body = new Uint8Array();
        for await (const chunk of source.open(0)) {
          body = Buffer.concat([body, chunk]);
          await inner.put(key, bytesSource(body));
        }
        return await inner.put(key, bytesSource(body, source.digests), options);
      },
    }),
  },
  {
    what: "makes room for a new object before it has it",
    group: "all-or-nothing",
    scenario: /leaves the object that was there/,
    breaks: (inner) => ({
      put: async (key, source, options) => {
        await inner.delete(key);
        return await inner.put(key, source, options);
      },
    }),
  },
  {
    what: "ignores ifAbsent",
    group: "replacing",
    scenario: /E_EXISTS/,
    breaks: (inner) => ({
      put: (key, source, options) => inner.put(key, source, { ...options, ifAbsent: false }),
    }),
  },
  {
    what: "looks first and then stores, so that two writers with ifAbsent both win",
    group: "replacing",
    scenario: /exactly one wins/,
    breaks: (inner) => ({
      put: async (key, source, options) => {
        if (options?.ifAbsent === true && (await inner.stat(key)) !== undefined) {
          throw new ColdstowError("E_EXISTS", "there");
        }
        return await inner.put(key, source, { ...options, ifAbsent: false });
      },
    }),
  },
  {
    what: "complains when it deletes what is not there",
    group: "deleting",
    scenario: /no error/,
    breaks: (inner) => ({
      delete: async (key) => {
        if ((await inner.stat(key)) === undefined) throw new ColdstowError("E_NOT_FOUND", "none");
        await inner.delete(key);
      },
    }),
  },
  {
    what: "deletes everything that begins alike",
    group: "deleting",
    scenario: /begin alike/,
    breaks: (inner) => ({
      delete: async (key) => {
        objectKey(key);
        const found: ObjectKey[] = [];
        for await (const info of inner.list(key)) found.push(info.key);
        for (const each of found) await inner.delete(each);
      },
    }),
  },
  {
    what: "ignores digests",
    group: "fixity",
    scenario: /another sha256/,
    breaks: (inner) => ({
      put: (key, source, options) => inner.put(key, { ...source, digests: [] }, options),
    }),
  },
  {
    what: "believes the body, not its announced length",
    group: "fixity",
    scenario: /one byte short/,
    breaks: (inner) => ({
      put: async (key, source, options) => {
        objectKey(key);
        const body = await readAll(source.open(0));
        return await inner.put(key, bytesSource(body, source.digests), options);
      },
    }),
  },
  {
    what: "keeps chunks that the source uses again",
    group: "sources",
    scenario: /used again/,
    breaks: (inner) => ({
      put: async (key, source, options) => {
        objectKey(key);
        const chunks: Uint8Array[] = [];
        for await (const chunk of source.open(0)) chunks.push(chunk);
        return await inner.put(key, bytesSource(Buffer.concat(chunks), source.digests), options);
      },
    }),
  },
  {
    what: "goes on when it is cancelled",
    group: "cancelling",
    scenario: /cancelled midway stores nothing/,
    breaks: (inner) => ({
      put: (key, source, options) =>
        inner.put(key, source, { ifAbsent: options?.ifAbsent === true }),
    }),
  },
  {
    what: "waits for a silent source although it was cancelled",
    group: "cancelling",
    scenario: /fallen silent/,
    breaks: (inner) => ({
      put: async (key, source, options) => {
        objectKey(key);
        const chunks: Uint8Array[] = [];
        for await (const chunk of source.open(0)) chunks.push(chunk.slice());
        return await inner.put(key, bytesSource(Buffer.concat(chunks)), options);
      },
    }),
  },
  {
    what: "mixes up calls that run at once",
    group: "concurrency",
    scenario: /as many puts/,
    breaks: (inner) => {
      let last: ObjectKey | undefined;
      return {
        put: async (key, source, options) => {
          last = objectKey(key);
          const body = await readAll(source.open(0));
          return await inner.put(last, bytesSource(body), options);
        },
      };
    },
  },
];

describe("the kit notices a backend if", () => {
  for (const { what, group, scenario, breaks } of faults) {
    test(`it ${what}`, async () => {
      const { failed } = await checkBackend(brokenHarness(breaks), { only: [group] });
      expect(failed.map(({ name }) => name)).toContainEqual(expect.stringMatching(scenario));
    });
  }
});
