/**
 * Kills runs and restores at random instants and checks what is left, for as long as one likes.
 * `node tests/faults/kill.ts [--times 200] [--seed N]`
 */
import { parseArgs } from "node:util";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { killRounds } from "./kill-rounds.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const times = Number(values.times);
const seed = Number(values.seed);
process.stdout.write(`${times} kills, seed ${seed}\n`);
const figures = await inTemporaryFolder((folder) => killRounds(`${folder}/kill`, times, seed));
process.stdout.write(`${JSON.stringify(figures)}\n`);
