import { expect, test } from "vitest";
import { seededRandom } from "../tools/seeded-random.ts";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { StopRounds } from "./stop-rounds.ts";

const seed = 7;
/** All of them take minutes: `node tests/faults/stop.ts`. */
const stopsTried = 16;

test("a run that is stopped at a step of its journal goes on, and nothing is lost or left behind", async () => {
  await inTemporaryFolder(async (folder) => {
    const rounds = await StopRounds.at(`${folder}/stop`, seed);
    const stops = rounds.allStops();
    expect(stops.length).toBeGreaterThan(stopsTried);
    const random = seededRandom(seed);
    const stride = stops.length / stopsTried;
    process.stdout.write(`${stopsTried} of ${stops.length} stops with seed ${seed}\n`);
    for (let n = 0; n < stopsTried; n += 1) {
      const stop = stops[Math.floor((n + random()) * stride)];
      if (stop !== undefined) await rounds.tryStop(stop);
    }
  });
}, 180_000);
