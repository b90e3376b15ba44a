import { cpus, release, totalmem } from "node:os";
import type { Cost } from "./measured-run.ts";
import { median } from "./report.ts";
import { baseline } from "./upload-contenders.ts";

/** One measured upload. */
export interface Upload extends Cost {
  readonly contender: string;
  /** What lies on the server afterwards. */
  readonly storedBytes: number;
}

/** What stands above the table. */
export interface UploadOccasion {
  readonly files: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly date: Date;
  readonly versions: readonly string[];
  /** What each contender does. */
  readonly notes: readonly string[];
}

/** The table as Markdown: medians with their range, and the throughput in bytes stored. */
export function uploadReport(
  uploads: readonly Upload[],
  failures: readonly string[],
  { files, bytes, rounds, date, versions, notes }: UploadOccasion,
): string {
  const base = uploads.filter(({ contender }) => contender === baseline);
  const floor =
    median(base.map(({ storedBytes }) => storedBytes)) /
    median(base.map(({ wallSeconds }) => wallSeconds)) /
    1e6;
  const rows = [...new Set(uploads.map(({ contender }) => contender))].map((contender) => {
    const own = uploads.filter((upload) => upload.contender === contender);
    const walls = own.map(({ wallSeconds }) => wallSeconds);
    const wall = median(walls);
    const stored = median(own.map(({ storedBytes }) => storedBytes));
    const speed = stored / wall / 1e6;
    const cells = [
      contender,
      `${wall.toFixed(2)} (${Math.min(...walls).toFixed(2)}–${Math.max(...walls).toFixed(2)})`,
      speed.toFixed(0),
      base.length === 0 ? "" : (speed / floor).toFixed(2),
      median(own.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
      (median(own.map(({ peakRssBytes }) => peakRssBytes)) / 1e6).toFixed(0),
      `${(stored / 1e9).toFixed(3)} GB`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "# Upload over SFTP",
    "",
    `${date.toISOString().slice(0, 10)}, ${machine()}. One OpenSSH server on loopback, which shares the cores. ` +
      `Corpus: ${files} photographs, ${(bytes / 1e9).toFixed(3)} GB, incompressible, some of them duplicates. ` +
      `Median of ${rounds} interleaved rounds (least–most), warm page cache. ` +
      `MB/s counts the bytes that lie on the server afterwards; × is the ratio of that to ${baseline}'s: above 1 is faster. CPU and memory are the client's alone.`,
    "",
    ...versions.map((version) => `- ${version}`),
    "",
    ...notes.map((note) => `- ${note}`),
    "",
    "| program | wall s | MB/s | × | CPU s | peak RSS MB | stored |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    ...failures.flatMap((failure) => ["", failure]),
    "",
  ].join("\n");
}

function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.replaceAll(/\s+/g, " ").trim() ?? "unknown processor";
  return `${model}, ${processors.length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB RAM, ${process.platform} ${release()}`;
}
