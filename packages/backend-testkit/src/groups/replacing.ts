import assert from "node:assert/strict";

import { isColdstowError, objectKey, bytesSource } from "@coldstow/contracts";

import { assertCode } from "../assert-error.ts";
import { readAll } from "../bench.ts";
import type { Expectations } from "../harness.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

const key = objectKey("replace/object");

/** A put replaces; with `ifAbsent` it never does. */
export function replacing({ capabilities, cold }: Expectations): readonly Scenario[] {
  const always: readonly Scenario[] = [
    {
      name: "a longer object is replaced by a shorter one, wholly",
      run: async (bench) => {
        await bench.put(key, randomBytes(200_000, 1));
        await bench.put(key, randomBytes(1000, 2));
        await bench.assertHolds(key, randomBytes(1000, 2));
      },
    },
    {
      name: "ifAbsent stores where there is nothing",
      run: async (bench) => {
        await bench.put(key, randomBytes(500, 1), { ifAbsent: true });
        await bench.assertHolds(key, randomBytes(500, 1));
      },
    },
    {
      name: "ifAbsent ends with E_EXISTS and changes nothing where there is an object",
      run: async (bench) => {
        const before = randomBytes(500, 1);
        await bench.put(key, before);
        for (const bytes of [randomBytes(70_000, 2), new Uint8Array(), before]) {
          const put = (): Promise<unknown> => bench.put(key, bytes, { ifAbsent: true });
          await assertCode(put, ["E_EXISTS"], "put with ifAbsent");
        }
        await bench.assertHolds(key, before);
      },
    },
    {
      name: "ifAbsent stores again after the object was deleted",
      run: async (bench) => {
        await bench.put(key, randomBytes(500, 1));
        await bench.backend.delete(key);
        await bench.put(key, randomBytes(600, 2), { ifAbsent: true });
        await bench.assertHolds(key, randomBytes(600, 2));
      },
    },
  ];
  const conditional: Scenario = {
    name: "of several writers that ask for ifAbsent at once exactly one wins",
    run: async (bench) => {
      const other = await bench.anotherClient();
      for (let round = 0; round < 4; round += 1) {
        const contested = objectKey(`replace/contested-${round}`);
        const bodies = [0, 1, 2, 3].map((writer) => randomBytes(90_000 + writer, writer));
        const answers = await Promise.allSettled(
          bodies.map((body, writer) =>
            (writer % 2 === 0 ? bench.backend : other).put(contested, bytesSource(body), {
              ifAbsent: true,
            }),
          ),
        );
        const winners = bodies.filter((_, writer) => answers[writer]?.status === "fulfilled");
        assert.equal(winners.length, 1, `${winners.length} writers won`);
        for (const answer of answers) {
          if (answer.status === "fulfilled") continue;
          assert.ok(isColdstowError(answer.reason), String(answer.reason));
          assert.equal(answer.reason.code, "E_EXISTS");
        }
        for (const winner of winners) await bench.assertHolds(contested, winner);
      }
    },
  };
  const whileRead: Scenario = {
    name: "a reader sees the old object or the new one while it is replaced",
    run: async (bench) => {
      const other = await bench.anotherClient();
      const versions = [randomBytes(300_000, 1), randomBytes(300_001, 2)];
      await bench.put(key, versions[0] ?? new Uint8Array());
      const progress = { writing: true };
      const write = async (): Promise<void> => {
        for (let round = 1; round <= 12; round += 1) {
          await bench.put(key, versions[round % 2] ?? new Uint8Array());
        }
        progress.writing = false;
      };
      const read = async (): Promise<void> => {
        while (progress.writing) {
          const bytes = await readAll(other.get(key));
          const whole = versions.some((version) => Buffer.compare(bytes, version) === 0);
          assert.ok(whole, `the reader saw a mixture of ${bytes.length} bytes`);
        }
      };
      await Promise.all([write(), read()]);
    },
  };
  return [
    ...always,
    ...(capabilities.conditionalPut === false ? [] : [conditional]),
    // A frozen object cannot be read at once, so there a reader has nothing to see.
    ...(capabilities.atomicPut === false || cold ? [] : [whileRead]),
  ];
}
