import assert from "node:assert/strict";

import { ColdstowError, objectKey } from "@coldstow/contracts";

import { assertCode } from "../assert-error.ts";
import type { Expectations } from "../harness.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";
import { trackedSource } from "../sources.ts";

const key = objectKey("atomic/object");
const size = 400_000;
const breaks: readonly { when: string; at: number }[] = [
  { when: "before its first byte", at: 0 },
  { when: "midway", at: 196_608 },
  { when: "after its last byte", at: size },
];

function failingAt(at: number): ReturnType<typeof trackedSource> {
  return trackedSource(randomBytes(size, 5), {
    beforeChunk: (offset) => {
      if (offset >= at) throw new ColdstowError("E_IO", "the source cannot be read");
    },
  });
}

/** A put that fails has changed nothing; a put that works shows nothing before it is done. */
export function allOrNothing({ capabilities }: Expectations): readonly Scenario[] {
  const failing = breaks.flatMap(({ when, at }): readonly Scenario[] => [
    {
      name: `a source that fails ${when} leaves no object, and its own error`,
      run: async (bench) => {
        await assertCode(() => bench.backend.put(key, failingAt(at)), ["E_IO"], "put");
        await bench.assertAbsent(key);
        assert.equal((await bench.listed("")).size, 0, "something else is listed");
      },
    },
    {
      name: `a source that fails ${when} leaves the object that was there`,
      run: async (bench) => {
        const before = randomBytes(1234, 1);
        await bench.put(key, before);
        await assertCode(() => bench.backend.put(key, failingAt(at)), ["E_IO"], "put");
        await bench.assertHolds(key, before);
        assert.equal((await bench.listed("")).size, 1, "something else is listed");
      },
    },
  ]);
  if (capabilities.atomicPut === false) return failing;
  return [
    ...failing,
    {
      name: "another client sees nothing of a first put before it is done",
      run: async (bench) => {
        const other = await bench.anotherClient();
        const bytes = randomBytes(size, 6);
        let looks = 0;
        const beforeChunk = async (): Promise<void> => {
          looks += 1;
          assert.equal(await other.stat(key), undefined, "stat sees an unfinished object");
          assert.equal((await bench.listed("", other)).size, 0, "list shows an unfinished object");
        };
        await bench.backend.put(key, trackedSource(bytes, { beforeChunk }));
        assert.ok(looks > 0);
        await bench.assertHolds(key, bytes);
      },
    },
    {
      name: "another client sees the old object until its replacement is done",
      run: async (bench) => {
        const other = await bench.anotherClient();
        await bench.put(key, randomBytes(1234, 1));
        const bytes = randomBytes(size, 6);
        const beforeChunk = async (): Promise<void> => {
          assert.equal((await other.stat(key))?.sizeBytes, 1234, "stat sees an unfinished object");
          assert.equal((await bench.listed("", other)).get(key), 1234, "list shows it unfinished");
        };
        await bench.backend.put(key, trackedSource(bytes, { beforeChunk }));
        await bench.assertHolds(key, bytes);
      },
    },
  ];
}
