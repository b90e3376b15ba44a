import assert from "node:assert/strict";

import type { ObjectKey } from "@coldstow/contracts";

import { assertCode } from "../assert-error.ts";
import { readAll, type Bench } from "../bench.ts";
import { hostileKeys } from "../hostile-keys.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";
import { trackedSource } from "../sources.ts";

type Call = (bench: Bench, key: ObjectKey) => Promise<unknown>;

const calls: Readonly<Record<string, Call>> = {
  get: (bench, key) => readAll(bench.backend.get(key)),
  stat: (bench, key) => bench.backend.stat(key),
  delete: (bench, key) => bench.backend.delete(key),
  put: async (bench, key) => {
    const source = trackedSource(randomBytes(10, 1));
    try {
      await bench.backend.put(key, source);
    } finally {
      assert.deepEqual(source.opened, [], `the body was opened for ${JSON.stringify(key)}`);
    }
  },
};

function refusing(name: string, call: Call): Scenario {
  return {
    name: `${name} refuses every name that is no key with E_BAD_KEY and touches nothing`,
    run: async (bench) => {
      const sentinel = randomBytes(64, 9);
      await bench.put("a/b", sentinel);
      for (const hostile of hostileKeys) {
        const what = `${name}(${JSON.stringify(hostile.slice(0, 40))})`;
        await assertCode(() => call(bench, hostile as ObjectKey), ["E_BAD_KEY"], what);
      }
      assert.deepEqual([...(await bench.listed("")).keys()], ["a/b"]);
      await bench.assertHolds("a/b", sentinel);
    },
  };
}

/** Only object keys are used; every other name is refused before anything is done. */
export function keys(): readonly Scenario[] {
  return [
    ...Object.entries(calls).map(([name, call]) => refusing(name, call)),
    {
      name: "keys that differ in one character have objects of their own",
      run: async (bench) => {
        const similar = ["k/a-b", "k/a_b", "k/a.b", "k/ab", "k/a--b", "k/a.b.c", "k/0", "k/00"];
        for (const [index, key] of similar.entries()) await bench.put(key, randomBytes(9, index));
        for (const [index, key] of similar.entries()) {
          await bench.assertHolds(key, randomBytes(9, index));
        }
      },
    },
  ];
}
