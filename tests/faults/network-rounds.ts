import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { leftOver, missingOrWrong } from "../remote/check-destination.ts";
import type { CliOutcome, CliRun } from "../remote/coldstow-cli.ts";
import { RemoteArchive } from "../remote/remote-archive.ts";
import { startRemoteServer, type RemoteServer, type ServerKind } from "../remote/remote-server.ts";
import { buildPhotoTree } from "../tools/photo-tree.ts";
import { seededRandom } from "../tools/seeded-random.ts";
import { heal, networkFaults, type NetworkFault } from "./network-faults.ts";
import { changeTree, wholeTree, writeTree } from "./seeded-tree.ts";

export interface NetworkOptions {
  readonly kind: ServerKind;
  /** How many faults in all. */
  readonly times: number;
  readonly seed: number;
  /** About how large the tree is; at least the 4 MiB of small files. */
  readonly sizeBytes: number;
  readonly tell?: (line: string) => void;
  /** Told what is wrong with an archive, and goes on with the next; without it, that is thrown. */
  readonly onProblem?: (problem: Error) => void;
}

/** What the faults hit, and what it took to get over them. */
export interface NetworkFigures {
  readonly kind: ServerKind;
  faults: number;
  /** Struck while the command was at work. */
  working: number;
  /** The command ended before the fault could strike. */
  late: number;
  archives: number;
  /** Runs of `resume` that brought everything to its end. */
  resumes: number;
  mostResumes: number;
  /** Unfinished files left behind, which the documentation allows for a day. */
  partials: number;
}

type Work = "store" | "verify" | "restore";

/** So that a server that stays away is given up within seconds. */
const timersFaster = 10;
const smallTreeBytes = 4_000_000;
const photographBytes = 3_003_000_000;
/** How many runs without a fault may be needed to bring everything to its end. */
const mostResumes = 3;
/** 0: it did not matter. 3: something is left for the next run. 5: temporary. */
const toldCodes = [0, 3, 5];

/**
 * Lets seeded faults strike `start`, `resume`, `verify` and `restore` on one archive after the other. After
 * each, nothing that is counted may be missing; a few runs of `resume` must bring everything to its end, and
 * then all is verified and restored, and the server holds no object that the catalogue does not know.
 * @throws an error, or tells one, that names the seed, the archive, the fault and what is wrong
 */
export async function networkRounds(
  folder: string,
  options: NetworkOptions,
): Promise<NetworkFigures> {
  const { kind, times, seed } = options;
  const figures: NetworkFigures = {
    kind,
    faults: 0,
    working: 0,
    late: 0,
    archives: 0,
    resumes: 0,
    mostResumes: 0,
    partials: 0,
  };
  while (figures.faults < times) {
    figures.archives += 1;
    const at = join(folder, `${kind}-${figures.archives}`);
    mkdirSync(at, { recursive: true });
    // Room for all versions of the tree and what failed uploads leave, in a disk that can be filled.
    const server = await startRemoteServer(kind, {
      folder: at,
      ...(options.sizeBytes <= 64_000_000 ? { diskBytes: 4 * options.sizeBytes + 64_000_000 } : {}),
    });
    const life = new NetworkLife(at, server, options, figures);
    try {
      await life.live();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const where = `${kind}, seed ${seed}, archive ${figures.archives}, ${life.step}`;
      const problem = new Error(`${where}: ${reason}`, { cause: error });
      if (options.onProblem === undefined) throw problem;
      options.onProblem(problem);
    } finally {
      await server.stop();
    }
    rmSync(at, { recursive: true });
  }
  return figures;
}

class NetworkLife {
  step = "";
  readonly #folder: string;
  readonly #server: RemoteServer;
  readonly #options: NetworkOptions;
  readonly #figures: NetworkFigures;
  readonly #archive: RemoteArchive;
  readonly #random: () => number;
  readonly #seed: number;
  #treeBytes = 0;

  constructor(
    folder: string,
    server: RemoteServer,
    options: NetworkOptions,
    figures: NetworkFigures,
  ) {
    this.#folder = folder;
    this.#server = server;
    this.#options = options;
    this.#figures = figures;
    this.#seed = options.seed * 1000 + figures.archives;
    this.#random = seededRandom(this.#seed);
    const packMebibytes = Math.max(1, Math.round(options.sizeBytes / 40 / 1_048_576));
    const { scheme: name, lines, secrets } = server;
    const destinations = [{ name, lines, secrets }];
    this.#archive = new RemoteArchive(folder, { destinations, packMebibytes, timersFaster });
  }

  async live(): Promise<void> {
    this.#writeTree();
    await this.#strike("store");
    await this.#converge();
    changeTree(this.#archive.source, this.#seed, 1);
    await this.#strike("store");
    await this.#converge();
    await this.#strike("verify");
    await this.#strike("restore");
    await this.#prove();
  }

  #writeTree(): void {
    const { source } = this.#archive;
    writeTree(source, this.#seed, wholeTree);
    this.#treeBytes = smallTreeBytes;
    const scale = (this.#options.sizeBytes - smallTreeBytes) / photographBytes;
    if (scale <= 0) return;
    this.#treeBytes += buildPhotoTree("P", join(source, "photographs"), {
      seed: this.#seed,
      scale,
    }).bytes;
  }

  /** Runs a command and lets one fault strike it at a random instant of its transfer. */
  async #strike(work: Work): Promise<void> {
    const { times, tell } = this.#options;
    if (this.#figures.faults >= times) return;
    const possible = networkFaults.filter((fault) => fault.possible(this.#server));
    const fault = possible[Math.floor(this.#random() * possible.length)];
    if (fault === undefined) return;
    const [command = "", ...args] = this.#command(work);
    this.step = `fault ${this.#figures.faults + 1}, ${command}, ${fault.name}`;
    const run = this.#archive.begin(command, ...args);
    const struck = await this.#strikeAtInstant(work, fault, run);
    const outcome = await run.ended;
    await heal(this.#server, struck.killed);
    this.#figures.faults += 1;
    this.#figures[struck.hit ? "working" : "late"] += 1;
    tell?.(
      `${this.step}: ${struck.hit ? "hit" : "late"}, exit ${outcome.exitCode}, ${outcome.seconds.toFixed(1)} s`,
    );
    this.#judge(outcome, fault, work);
    const { archive } = this.#archive;
    // A first run may have found no server before it made anything.
    if (!existsSync(archive)) return;
    const wrong = await missingOrWrong(archive, this.#server.scheme, this.#server);
    if (wrong.length > 0) throw new Error(`after the fault: ${wrong.join("; ")}`);
  }

  #command(work: Work): readonly string[] {
    const { archive } = this.#archive;
    if (work === "store") return this.#archive.storing();
    if (work === "verify") return ["verify", archive, "--level", "digest"];
    return ["restore", archive, this.#restored()];
  }

  #restored(): string {
    return join(this.#folder, "restored");
  }

  async #strikeAtInstant(
    work: Work,
    fault: NetworkFault,
    run: CliRun,
  ): Promise<{ readonly hit: boolean; readonly killed: boolean }> {
    const { proxy } = this.#server;
    const direction = work === "store" ? "to-server" : "to-client";
    const begun = direction === "to-server" ? proxy.toServerBytes : proxy.toClientBytes;
    // One in five strikes while the command only begins to speak.
    const bytes = this.#random() < 0.2 ? 4000 : this.#treeBytes;
    const instant = proxy.forwarded(begun + 1 + Math.floor(this.#random() * bytes), direction);
    const ended = run.ended.then(
      () => "ended",
      () => "ended",
    );
    const first = await Promise.race([instant, ended]);
    if (first === "ended") return { hit: false, killed: false };
    await fault.strike(this.#server, this.#random, run);
    return { hit: true, killed: fault.name.includes("stays away") };
  }

  /** A fault of the network is told as such: never as damage, a wrong key, or a defect. */
  #judge(outcome: CliOutcome, fault: NetworkFault, work: Work): void {
    const { exitCode, stdout, stderr } = outcome;
    const killed = exitCode === undefined;
    const allowed = killed || [...toldCodes, ...(fault.codes ?? [])].includes(exitCode);
    if (!allowed || `${stdout}${stderr}`.includes("E_INTERNAL")) {
      throw new Error(`${work} ended with ${exitCode}:\n${stderr}\n${stdout}`);
    }
  }

  /** Runs `resume` until nothing is left to do. */
  async #converge(): Promise<void> {
    for (let resumes = 1; ; resumes += 1) {
      const [command, subject] = this.#archive.storing();
      const outcome = await this.#archive.run(command, subject);
      this.#figures.resumes += 1;
      this.#figures.mostResumes = Math.max(this.#figures.mostResumes, resumes);
      if (outcome.exitCode === 0 && (await this.#archive.status()).complete) break;
      if (resumes === mostResumes) {
        const said = `${outcome.stderr}\n${outcome.stdout}`;
        throw new Error(`not whole after ${resumes} runs, exit ${outcome.exitCode}:\n${said}`);
      }
    }
    const { archive } = this.#archive;
    const { scheme } = this.#server;
    const wrong = await missingOrWrong(archive, scheme, this.#server);
    const left = await leftOver(archive, scheme, this.#server);
    const partials = left.filter((problem) => problem.includes(".partial,"));
    if (this.#server.kind === "sftp") this.#figures.partials += partials.length;
    const strange =
      this.#server.kind === "sftp" ? left.filter((one) => !partials.includes(one)) : left;
    if (wrong.length + strange.length > 0) {
      throw new Error(`after resume: ${[...wrong, ...strange].join("; ")}`);
    }
  }

  async #prove(): Promise<void> {
    this.step = `${this.step}, then`;
    const status = await this.#archive.status();
    if (!status.complete) {
      throw new Error(`a fault while reading made a copy count as lost: ${JSON.stringify(status)}`);
    }
    await this.#archive.verify();
    // The same command again goes on where the fault has cut it.
    const to = this.#restored();
    const outcome = await this.#archive.run("restore", this.#archive.archive, to);
    if (outcome.exitCode !== 0) {
      throw new Error(`restore ended with ${outcome.exitCode}:\n${outcome.stderr}`);
    }
    this.#archive.compare(to);
    rmSync(to, { recursive: true });
  }
}
