import { objectKey } from "@coldstow/contracts";

import type { Bench } from "../bench.ts";
import { randomBytes } from "../random-bytes.ts";
import type { Scenario } from "../scenario.ts";

const mostCalls = 32;

function lanes(bench: Bench): readonly number[] {
  const count = Math.max(1, Math.min(bench.backend.capabilities.maxConcurrent, mostCalls));
  return Array.from({ length: count }, (_, lane) => lane);
}

function body(lane: number): Uint8Array {
  return randomBytes(200_000 + lane, lane + 1);
}

/** As many calls as the backend says may run at once. */
export function concurrency(): readonly Scenario[] {
  return [
    {
      name: "as many puts as may run at once store every object whole",
      run: async (bench) => {
        await Promise.all(lanes(bench).map((lane) => bench.put(`lane/${lane}`, body(lane))));
        for (const lane of lanes(bench)) await bench.assertHolds(`lane/${lane}`, body(lane));
      },
    },
    {
      name: "as many gets as may run at once yield every object whole",
      run: async (bench) => {
        for (const lane of lanes(bench)) await bench.put(`lane/${lane}`, body(lane));
        await bench.thaw(...lanes(bench).map((lane) => `lane/${lane}`));
        await Promise.all(
          lanes(bench).map((lane) => bench.assertHolds(`lane/${lane}`, body(lane))),
        );
      },
    },
    {
      name: "puts, gets, looks and deletes mixed do not disturb each other",
      run: async (bench) => {
        const work = async (lane: number): Promise<void> => {
          for (let round = 0; round < 4; round += 1) {
            const key = `mixed/${lane}/object-${round}`;
            const bytes = randomBytes(30_000 + lane * 7 + round, lane * 10 + round);
            await bench.put(key, bytes);
            await bench.assertHolds(key, bytes);
            await bench.backend.delete(objectKey(key));
            await bench.assertAbsent(key);
          }
        };
        await Promise.all(lanes(bench).map(work));
      },
    },
  ];
}
