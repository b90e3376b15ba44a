/**
 * Stops a first run and a second one before and after every commit and every call of the backend.
 * `node tests/faults/stop.ts [--seed N]`
 */
import { parseArgs } from "node:util";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { StopRounds } from "./stop-rounds.ts";

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } });
process.stdout.write(`seed ${values.seed}\n`);
await inTemporaryFolder(async (folder) => {
  const rounds = await StopRounds.at(`${folder}/stop`, Number(values.seed));
  const stops = rounds.allStops();
  let failed = 0;
  for (const stop of stops) {
    try {
      await rounds.tryStop(stop);
    } catch (error) {
      failed += 1;
      process.stdout.write(`${String(error)}\n`);
    }
  }
  process.stdout.write(`${stops.length} stops, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
});
