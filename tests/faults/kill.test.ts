import { expect, test } from "vitest";
import { inTemporaryFolder } from "../tools/temporary-folder.ts";
import { killRounds } from "./kill-rounds.ts";

const seed = 2026;

test("a run or restore that is killed at any instant loses nothing, leaves nothing behind and goes on", async () => {
  const figures = await inTemporaryFolder((folder) => killRounds(`${folder}/kill`, 25, seed));
  process.stdout.write(`kills with seed ${seed}: ${JSON.stringify(figures)}\n`);
  expect(figures.kills).toBe(25);
  expect(figures.working).toBeGreaterThan(0);
}, 180_000);
