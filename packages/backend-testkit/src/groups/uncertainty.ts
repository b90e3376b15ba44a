import assert from "node:assert/strict";

import { objectKey } from "@coldstow/contracts";

import { coldstowErrorOf } from "../assert-error.ts";
import { readAll, type Bench } from "../bench.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

const key = objectKey("uncertain/object");
const absent = objectKey("uncertain/absent");

const calls: Readonly<Record<string, (bench: Bench) => Promise<unknown>>> = {
  "stat of an object": ({ backend }) => backend.stat(key),
  "stat of what may be absent": ({ backend }) => backend.stat(absent),
  "a listing": (bench) => bench.listed(""),
  "get of an object": ({ backend }) => readAll(backend.get(key)),
  delete: ({ backend }) => backend.delete(key),
  put: (bench) => bench.put(absent, randomBytes(10, 1)),
};

/** A store that cannot answer is never taken for one in which nothing is. */
export function uncertainty(): readonly Scenario[] {
  return Object.entries(calls).map(([what, call]) => ({
    name: `${what} throws while the store cannot answer`,
    run: async (bench) => {
      const { store } = bench;
      assert.ok(
        "breakStore" in store,
        "the harness gives no breakStore: give one, or leave the group `uncertainty` out and say why",
      );
      await bench.put(key, randomBytes(100, 1));
      await store.breakStore?.();
      const { code } = await coldstowErrorOf(() => call(bench), what);
      const certain = ["E_NOT_FOUND", "E_EXISTS", "E_INTERNAL", "E_BAD_KEY"];
      assert.ok(!certain.includes(code), `${what} ended with ${code}`);
    },
  }));
}
