import { cpus, release, totalmem } from "node:os";
import { jobs } from "./contender.ts";
import type { Measurement, Results } from "./rounds.ts";

/** What stands above a table. */
export interface Occasion {
  title: string;
  files: number;
  bytes: number;
  scale: number;
  rounds: number;
  date: Date;
  versions: string[];
}

const baseline = "restic";

/** The results as Markdown: medians with their range, and the ratio of the medians to restic's. */
export function report(results: Results, occasion: Occasion): string {
  const { title, files, bytes, scale, rounds, date } = occasion;
  const lines = [
    `### ${title}`,
    "",
    `${date.toISOString().slice(0, 10)}, ${machine()}. Corpus: ${files} files, ${gigabytes(bytes)} (scale ${scale}). ` +
      `Median of ${rounds} interleaved rounds (least–most), warm page cache. × is the ratio to ${baseline}: below 1 is faster or smaller.`,
    "",
    ...occasion.versions.map((version) => `- ${version}`),
    "",
    "| job | program | wall s | × | CPU s | × | peak RSS MB | × | stored |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...jobs.flatMap((job) =>
      rowsOfJob(results.measurements.filter((measurement) => measurement.job === job)),
    ),
  ];
  for (const failure of results.failures) {
    const [reason = ""] = failure.message.split("\n");
    lines.push("", `${failure.contender} did not finish “${failure.job}”: \`${reason}\``);
  }
  return `${lines.join("\n")}\n`;
}

function rowsOfJob(measurements: readonly Measurement[]): string[] {
  const base = measurements.filter(({ contender }) => contender === baseline);
  return [...new Set(measurements.map(({ contender }) => contender))].map((contender) => {
    const own = measurements.filter((measurement) => measurement.contender === contender);
    const column = (pick: (m: Measurement) => number, digits: number): string => {
      const values = own.map(pick);
      const range = [Math.min(...values), Math.max(...values)].map((value) =>
        value.toFixed(digits),
      );
      const ratio = base.length === 0 ? "" : (median(values) / median(base.map(pick))).toFixed(2);
      return `${median(values).toFixed(digits)} (${range.join("–")}) | ${ratio}`;
    };
    const stored = gigabytes(median(own.map(({ storedBytes }) => storedBytes)));
    return [
      `| ${own[0]?.job ?? ""} | ${contender.replaceAll("|", String.raw`\|`)} `,
      `| ${column(({ wallSeconds }) => wallSeconds, 2)} `,
      `| ${column(({ cpuSeconds }) => cpuSeconds, 2)} `,
      `| ${column(({ peakRssBytes }) => peakRssBytes / 1e6, 0)} | ${stored} |`,
    ].join("");
  });
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [
    sorted[sorted.length % 2 === 0 ? middle - 1 : middle],
    sorted[middle],
  ];
  return (low + high) / 2;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(3)} GB`;
}

function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.replaceAll(/\s+/g, " ").trim() ?? "unknown processor";
  return `${model}, ${processors.length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB RAM, ${process.platform} ${release()}`;
}
