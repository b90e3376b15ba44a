import assert from "node:assert/strict";

import { objectKey, type ColdState, type ColdStorage, type ObjectKey } from "@coldstow/contracts";

import { assertCode } from "../assert-error.ts";
import { readAll, type Bench } from "../bench.ts";
import type { Expectations, ColdHooks } from "../harness.ts";
import { hostileKeys } from "../hostile-keys.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

const key = objectKey("cold/a");
const other = objectKey("cold/b");
const bytes: Uint8Array = randomBytes(50_000, 1);

function coldOf({ backend, store }: Bench): ColdStorage & ColdHooks {
  assert.ok(backend.cold, "the backend has no cold storage");
  assert.ok(store.cold, "the harness gives no hooks for cold storage");
  const { cold } = backend;
  return {
    terms: cold.terms,
    requestThaw: (keys, options) => cold.requestThaw(keys, options),
    thawState: (keys) => cold.thawState(keys),
    makeReady: store.cold.makeReady.bind(store.cold),
    makeFrozen: store.cold.makeFrozen.bind(store.cold),
  };
}

async function frozenObject(bench: Bench, name: ObjectKey): Promise<void> {
  await bench.put(name, bytes);
  await coldOf(bench).makeFrozen([name]);
}

async function assertState(bench: Bench, name: ObjectKey, states: ColdState[]): Promise<void> {
  const [told] = await coldOf(bench).thawState([name]);
  assert.equal(told?.key, name);
  assert.ok(states.includes(told.state), `${name} is ${told.state}, not ${states.join(" or ")}`);
  for (const time of [told.readyAt, told.readyUntil]) {
    if (time !== undefined) assert.match(time, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
  }
  const seen = (await bench.backend.stat(name))?.state;
  if (seen !== undefined) assert.equal(seen, told.state, "stat tells another state");
}

/** A store that tells how long it still takes, in whole seconds, names another instant each time. */
function assertSameTime(first: string | undefined, second: string | undefined): void {
  assert.equal(second === undefined, first === undefined);
  if (first === undefined || second === undefined) return;
  assert.ok(
    Math.abs(Date.parse(second) - Date.parse(first)) < 60_000,
    "asking again moved the time",
  );
}

const withCold: readonly Scenario[] = [
  {
    name: "a frozen object is told of by stat and list, and not read",
    run: async (bench) => {
      await frozenObject(bench, key);
      await assertState(bench, key, ["frozen"]);
      assert.equal((await bench.backend.stat(key))?.sizeBytes, bytes.length);
      assert.equal((await bench.listed("cold/")).get(key), bytes.length);
      await assertCode(() => readAll(bench.backend.get(key)), ["E_FROZEN"], "get");
    },
  },
  {
    name: "to read or to look does not ask for a thaw",
    run: async (bench) => {
      await frozenObject(bench, key);
      await assertCode(() => readAll(bench.backend.get(key)), ["E_FROZEN"], "get");
      await coldOf(bench).thawState([key]);
      await assertState(bench, key, ["frozen"]);
    },
  },
  {
    name: "a thaw that was asked for answers at once and is under way",
    run: async (bench) => {
      await frozenObject(bench, key);
      const [told] = await coldOf(bench).requestThaw([key], { days: 2 });
      assert.equal(told?.key, key);
      assert.equal(told.state, "thawing");
      await assertState(bench, key, ["thawing"]);
      await assertCode(() => readAll(bench.backend.get(key)), ["E_THAWING"], "get");
    },
  },
  {
    name: "asking again for a thaw under way, or for one that is done, is no error",
    run: async (bench) => {
      const cold = coldOf(bench);
      await frozenObject(bench, key);
      const [first] = await cold.requestThaw([key], { days: 2 });
      const [second] = await cold.requestThaw([key], { days: 2 });
      assert.equal(second?.state, "thawing");
      assertSameTime(first?.readyAt, second.readyAt);
      await cold.makeReady([key]);
      const [third] = await cold.requestThaw([key], { days: 2 });
      assert.equal(third?.state, "ready");
      await assertState(bench, key, ["ready"]);
    },
  },
  {
    name: "a thawed object is read, then freezes again and can be thawed again",
    run: async (bench) => {
      const cold = coldOf(bench);
      await frozenObject(bench, key);
      for (let round = 0; round < 2; round += 1) {
        await cold.requestThaw([key], { days: 1 });
        await cold.makeReady([key]);
        await assertState(bench, key, ["ready"]);
        assert.ok(Buffer.compare(await readAll(bench.backend.get(key)), bytes) === 0);
        await cold.makeFrozen([key]);
        await assertState(bench, key, ["frozen"]);
        await assertCode(() => readAll(bench.backend.get(key)), ["E_FROZEN"], "get");
      }
    },
  },
  {
    name: "the answers come for each key in the order asked, and others stay frozen",
    run: async (bench) => {
      const cold = coldOf(bench);
      await frozenObject(bench, key);
      await frozenObject(bench, other);
      await cold.requestThaw([other], { days: 1 });
      const states = await cold.thawState([other, key]);
      assert.deepEqual(
        states.map((told) => told.key),
        [other, key],
      );
      await assertState(bench, key, ["frozen"]);
      await assertState(bench, other, ["thawing"]);
      assert.deepEqual(await cold.requestThaw([], {}), []);
      assert.deepEqual(await cold.thawState([]), []);
    },
  },
  {
    name: "what is not there cannot be thawed, and no other name is accepted",
    run: async (bench) => {
      const cold = coldOf(bench);
      await assertCode(() => cold.requestThaw([key], {}), ["E_NOT_FOUND"], "requestThaw");
      await assertCode(() => cold.thawState([key]), ["E_NOT_FOUND"], "thawState");
      for (const hostile of hostileKeys as readonly ObjectKey[]) {
        await assertCode(() => cold.requestThaw([hostile], {}), ["E_BAD_KEY"], "requestThaw");
        await assertCode(() => cold.thawState([hostile]), ["E_BAD_KEY"], "thawState");
      }
    },
  },
  {
    name: "a frozen object can be replaced and deleted",
    run: async (bench) => {
      await frozenObject(bench, key);
      await bench.put(key, randomBytes(100, 2));
      await bench.assertHolds(key, randomBytes(100, 2));
      await coldOf(bench).makeFrozen([key]);
      await bench.backend.delete(key);
      await bench.assertAbsent(key);
    },
  },
];

/** Objects freeze, thaw when asked, are ready for a while, and freeze again. */
export function coldStates({ cold }: Expectations): readonly Scenario[] {
  if (cold) return withCold;
  return [
    {
      name: "the backend has no cold storage, as expected",
      run: async ({ backend }) => assert.equal(backend.cold, undefined),
    },
  ];
}
