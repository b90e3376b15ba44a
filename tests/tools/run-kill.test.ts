import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { KillOutcome } from "./run-kill.ts";
import { killAtRandomInstants } from "./run-kill.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";

test("a command is killed together with its children, and the next start waits for the check", async () => {
  await inTemporaryFolder(async (folder) => {
    // The grandchild lives in the same group and would write for ever.
    const script = 'sh -c "while :; do echo x >> marks; sleep 0.01; done" & wait';
    const seen: number[] = [];
    const killed = await killAtRandomInstants({
      command: "sh",
      args: ["-c", script],
      cwd: folder,
      times: 3,
      seed: 11,
      minMs: 100,
      maxMs: 200,
      onAfter: async (n, wasKilled) => {
        seen.push(n);
        expect(wasKilled).toBe(true);
        const before = readFileSync(`${folder}/marks`).length;
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(readFileSync(`${folder}/marks`).length).toBe(before);
      },
    });
    expect(killed).toBe(3);
    expect(seen).toEqual([0, 1, 2]);
  });
});

test("a command that ends by itself is not called killed and keeps its exit code and output", async () => {
  const outcomes: KillOutcome[] = [];
  const killed = await killAtRandomInstants({
    command: "sh",
    args: ["-c", "echo out; echo err >&2; exit 7"],
    times: 2,
    seed: 1,
    minMs: 20_000,
    maxMs: 20_000,
    onAfter: (_, wasKilled, outcome) => {
      expect(wasKilled).toBe(false);
      outcomes.push(outcome);
    },
  });
  expect(killed).toBe(0);
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([7, 7]);
  expect(outcomes[0]).toMatchObject({ stdout: "out\n", stderr: "err\n" });
});

async function delaysOf(seed: number): Promise<number[]> {
  const delays: number[] = [];
  await killAtRandomInstants({
    command: "true",
    args: [],
    times: 5,
    seed,
    maxMs: 1,
    onAfter: (_, __, outcome) => void delays.push(outcome.delayMs),
  });
  return delays;
}

test("the seed fixes the delays", async () => {
  const first = await delaysOf(3);
  expect(await delaysOf(3)).toEqual(first);
  expect(await delaysOf(4)).not.toEqual(first);
});
