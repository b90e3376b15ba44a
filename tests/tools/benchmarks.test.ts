import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Contender } from "../../benchmarks/contender.ts";
import { measuredRun } from "../../benchmarks/measured-run.ts";
import { median, report } from "../../benchmarks/report.ts";
import { runRounds } from "../../benchmarks/rounds.ts";
import { storedBytes } from "../../benchmarks/stored-bytes.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";

const quiet = (): void => undefined;

/** A contender of four shell scripts; `$1` is the source, `$2` the store, `$3` the restored tree. */
function scripted(name: string, restore: string): Contender {
  return {
    name,
    missing: () => undefined,
    command: (job, { source, store, restored }) => ({
      script: job === "first run" ? 'cp -r "$1" "$2/copy"' : job === "restore" ? restore : "true",
      args: [source, store, restored],
    }),
  };
}

const good = scripted("restic", 'cp -r "$2/copy" "$3"');
const careless = scripted("careless | one", 'cp -r "$2/copy" "$3"; echo x > "$3/extra"');

test("memory of every process of a pipe is counted", async () => {
  const cost = await measuredRun({
    script: "head -c 100000000 /dev/zero | { tail -c 100000000; sleep 0.3; } | { sleep 0.3; cat; }",
  });
  expect(cost.peakRssBytes).toBeGreaterThan(100_000_000);
});

test("processor time of grandchildren is counted", async () => {
  const cost = await measuredRun({
    script: 'sh -c "head -c 300000000 /dev/zero | sha256sum; true"',
  });
  expect(cost.cpuSeconds).toBeGreaterThan(0);
});

test("a job that fails inside a pipe fails, with its own words", async () => {
  await expect(measuredRun({ script: "{ echo broken >&2; exit 3; } | cat" })).rejects.toThrow(
    /exit 3[^]*broken/,
  );
});

test("contenders take turns, stores are weighed, and a wrong restore counts as a failure", async () => {
  await inTemporaryFolder(async (folder) => {
    mkdirSync(`${folder}/source/below`, { recursive: true });
    writeFileSync(`${folder}/source/below/file`, "12345");
    expect(storedBytes(`${folder}/source`)).toBe(5);
    const order: string[] = [];
    const results = await runRounds([good, careless], 2, `${folder}/source`, folder, (line) => {
      if (line.startsWith("round")) order.push(line);
    });
    expect(order).toEqual([
      "round 1 of 2: restic",
      "round 1 of 2: careless | one",
      "round 2 of 2: restic",
    ]);
    expect(results.measurements.filter(({ contender }) => contender === "restic")).toHaveLength(8);
    expect(results.measurements.map((measurement) => measurement.storedBytes)).toContain(5);
    expect(results.failures).toMatchObject([{ contender: "careless | one", job: "restore" }]);
  });
});

test("the report has a row for each job and program and names what failed", async () => {
  await inTemporaryFolder(async (folder) => {
    mkdirSync(`${folder}/source`);
    const results = await runRounds([good, careless], 1, `${folder}/source`, folder, quiet);
    const text = report(results, {
      title: "A title",
      files: 0,
      bytes: 0,
      scale: 1,
      rounds: 1,
      date: new Date(0),
      versions: ["one 1.0"],
    });
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    expect(rows).toHaveLength(2 + 4 + 3);
    const columns = rows.map((row) => row.split(/(?<!\\)\|/).length);
    expect(new Set(columns)).toEqual(new Set([11]));
    expect(text).toContain("1970-01-01");
    expect(text).toContain("careless | one did not finish “restore”");
  });
});

test("the median of an even number is the mean of the two in the middle", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
