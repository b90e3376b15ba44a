import assert from "node:assert/strict";

import { objectKey } from "@coldstow/contracts";

import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

const KiB = 1024;
const sizes: readonly number[] = [0, 1, 64 * KiB - 1, 64 * KiB, 64 * KiB + 1, 256 * KiB];

/** What is put comes back. */
export function roundTrips(): readonly Scenario[] {
  return [
    ...sizes.map(
      (size) =>
        ({
          name: `a body of ${size} bytes comes back`,
          run: async (bench) => {
            const bytes = randomBytes(size, size + 1);
            const info = await bench.put("round/trip.bin", bytes);
            assert.equal(info.key, "round/trip.bin");
            assert.equal(info.sizeBytes, size);
            await bench.assertHolds("round/trip.bin", bytes);
          },
        }) satisfies Scenario,
    ),
    {
      name: "a body of several MiB comes back, and its progress ends at its size",
      run: async (bench) => {
        const bytes = randomBytes(bench.largeBytes, 7);
        const told: number[] = [];
        await bench.put("round/large.bin", bytes, { onProgress: (sent) => told.push(sent) });
        assert.equal(told.at(-1), bytes.length, "the last progress is not the size");
        await bench.assertHolds("round/large.bin", bytes);
      },
    },
    {
      name: "keys as short and as long as allowed keep their objects apart",
      run: async (bench) => {
        const segment = "s".repeat(127);
        const long = [segment, segment, segment, "s".repeat(128)].join("/");
        const names = [
          "a",
          "_",
          "0",
          "README-RECOVERY.txt",
          long.slice(0, bench.longestKeyBytes - 1),
          long.slice(0, bench.longestKeyBytes - 2),
        ];
        for (const [index, name] of names.entries()) {
          await bench.put(objectKey(name), randomBytes(10 + index, index));
        }
        for (const [index, name] of names.entries()) {
          await bench.assertHolds(name, randomBytes(10 + index, index));
        }
        assert.equal((await bench.listed("")).size, names.length);
      },
    },
    {
      name: "another client sees an object as soon as put has resolved",
      run: async (bench) => {
        const other = await bench.anotherClient();
        for (let index = 0; index < 5; index += 1) {
          const key = objectKey(`round/seen-${index}`);
          await bench.put(key, randomBytes(100 + index, index));
          assert.equal((await other.stat(key))?.sizeBytes, 100 + index);
          assert.equal((await bench.listed("round/", other)).get(key), 100 + index);
        }
      },
    },
  ];
}
