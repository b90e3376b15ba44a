/**
 * Measures coldstow beside restic and beside what plain tools cost.
 * `node benchmarks/bench.ts [photos|small|million] [--scale 0.1] [--rounds 3] [--only restic,coldstow] [--dir DIR] [--write]`
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Corpus } from "../tests/tools/photo-tree.ts";
import { coldstow } from "./coldstow.ts";
import { cachedCorpus, warm } from "./corpus-cache.ts";
import { copy, tarAge } from "./floors.ts";
import { writeReadmeSection } from "./readme-section.ts";
import { report } from "./report.ts";
import { restic } from "./restic.ts";
import { runRounds } from "./rounds.ts";

const benchmarks: Record<string, { corpus: Corpus; title: string }> = {
  photos: { corpus: "P", title: "Photographs" },
  small: { corpus: "S", title: "Small files" },
  million: { corpus: "M", title: "A million tiny files" },
};
const contenders = [coldstow, restic, tarAge, copy];

function firstLine(command: string, ...args: string[]): string {
  return spawnSync(command, args, { encoding: "utf8" }).stdout?.split("\n")[0] ?? "";
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    dir: { type: "string", default: join(tmpdir(), "coldstow-bench") },
    write: { type: "boolean", default: false },
  },
});
const [name = "photos"] = positionals;
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  throw new Error(`no benchmark ${name}; there are ${Object.keys(benchmarks).join(", ")}`);
}
const [scale, rounds] = [Number(values.scale), Number(values.rounds)];
const wanted = values.only?.split(",");
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

const ready = contenders.filter((contender) => {
  if (wanted !== undefined && !wanted.includes(contender.name)) return false;
  const missing = contender.missing();
  if (missing !== undefined) tell(`${contender.name} is left out: this machine lacks ${missing}`);
  return missing === undefined;
});
if (ready.length === 0) {
  throw new Error(`nothing to measure; there are ${contenders.map((one) => one.name).join(", ")}`);
}
mkdirSync(values.dir, { recursive: true });
tell(`corpus ${benchmark.corpus} at scale ${scale} in ${values.dir}`);
const corpus = cachedCorpus(values.dir, benchmark.corpus, scale);
warm(corpus.path);
const results = await runRounds(ready, rounds, corpus.path, values.dir, tell);
const text = report(results, {
  title: benchmark.title,
  files: corpus.files,
  bytes: corpus.bytes,
  scale,
  rounds,
  date: new Date(),
  versions: [
    ...(ready.includes(restic) ? [firstLine("restic", "version")] : []),
    ...(ready.includes(tarAge) ? [`age ${firstLine("age", "--version")}`] : []),
    `Node.js ${process.version}`,
  ],
});
process.stdout.write(text);
if (values.write) writeReadmeSection(name, text);
process.exitCode = results.failures.length === 0 ? 0 : 1;
