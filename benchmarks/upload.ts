/**
 * Measures how fast one OpenSSH server on loopback is filled: by its own client, by coldstow's backend alone,
 * by `coldstow start`, and by its peers.
 * `node benchmarks/upload.ts [--scale 0.34] [--rounds 3] [--only NAME,NAME] [--dir DIR] [--write]`
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startSshd } from "../tests/servers/src/sshd.ts";
import { cachedCorpus, warm } from "./corpus-cache.ts";
import { measuredRun } from "./measured-run.ts";
import { storedBytes } from "./stored-bytes.ts";
import { uploaders, type UploadPlaces } from "./upload-contenders.ts";
import { cachedPacks } from "./upload-packs.ts";
import { uploadReport, type Upload } from "./upload-report.ts";

const resultFile = new URL("results/upload.md", import.meta.url);

const { values } = parseArgs({
  options: {
    scale: { type: "string", default: "0.34" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    dir: { type: "string", default: join(tmpdir(), "coldstow-bench") },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const wanted = values.only?.split(",");
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

function firstLine(command: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return `${stdout}${stderr}`.split("\n")[0] ?? "";
}

const ready = uploaders.filter((uploader) => {
  if (wanted !== undefined && !wanted.includes(uploader.name)) return false;
  const missing = uploader.missing();
  if (missing !== undefined) tell(`${uploader.name} is left out: this machine lacks ${missing}`);
  return missing === undefined;
});
mkdirSync(values.dir, { recursive: true });
const corpus = cachedCorpus(values.dir, "P", Number(values.scale));
const packs = cachedPacks(values.dir, corpus.bytes);
warm(corpus.path);
warm(packs);

const server = await startSshd();
const uploads: Upload[] = [];
const failures: string[] = [];
try {
  writeFileSync(join(values.dir, "known_hosts"), `${server.knownHostsLine}\n`);
  for (let round = 1; round <= rounds; round += 1) {
    for (const uploader of ready) {
      const work = join(values.dir, "upload");
      const store = join(server.directory, "store");
      for (const folder of [work, store]) rmSync(folder, { recursive: true, force: true });
      for (const folder of [work, store]) mkdirSync(folder, { recursive: true });
      const places: UploadPlaces = {
        tree: corpus.path,
        packs,
        work,
        store,
        host: server.host,
        port: server.port,
        user: server.user,
        key: server.privateKeyPath,
        knownHosts: join(values.dir, "known_hosts"),
      };
      try {
        uploader.prepare?.(places);
        spawnSync("sync");
        const cost = await measuredRun(uploader.command(places));
        const stored = storedBytes(store);
        // Duplicates need not be sent; whoever sends less than this has not sent it all, whatever its exit status.
        if (stored < corpus.bytes * 0.7) throw new Error(`it stored only ${stored} bytes`);
        uploads.push({ contender: uploader.name, ...cost, storedBytes: stored });
        tell(`round ${round}: ${uploader.name}: ${cost.wallSeconds.toFixed(2)} s`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        tell(`${uploader.name} failed: ${message}`);
        failures.push(`${uploader.name} did not finish: \`${message.split("\n")[0] ?? ""}\``);
      }
      rmSync(work, { recursive: true });
    }
  }
} finally {
  await server.stop();
}
const text = uploadReport(uploads, failures, {
  notes: ready.map(({ name, what }) => `**${name}**: ${what}`),
  files: corpus.files,
  bytes: corpus.bytes,
  rounds,
  date: new Date(),
  versions: [
    firstLine("ssh", "-V"),
    firstLine("rclone", "version"),
    firstLine("restic", "version"),
    `Node.js ${process.version}`,
  ],
});
process.stdout.write(text);
if (values.write) {
  mkdirSync(new URL(".", resultFile), { recursive: true });
  writeFileSync(resultFile, text);
}
process.exitCode = failures.length === 0 ? 0 : 1;
