import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareTrees } from "../tools/compare-trees.ts";
import {
  documentOf,
  expectExit,
  runCli,
  startCli,
  type CliOutcome,
  type CliRun,
} from "./coldstow-cli.ts";

/** One `[Section]` of an ini file, as the name of a destination and its lines. */
export interface DestinationSection {
  /** As in `type`: `sftp`, or `sftp:nas` where there are several. */
  readonly name: string;
  readonly lines: readonly string[];
  /** The variables that its lines name by `…_env`: an archive keeps no secret. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface RemoteArchiveOptions {
  readonly destinations: readonly DestinationSection[];
  /** How many times as fast the commands' timers run; 1 unless told. */
  readonly timersFaster?: number;
  /** Mebibytes of a pack; 1 unless told. */
  readonly packMebibytes?: number;
}

/** As much of `status --json` as is looked at here. */
export interface StatusDocument {
  readonly packs: number;
  readonly complete: boolean;
  readonly filesWithoutCopy: number;
  readonly destinations: readonly {
    readonly name: string;
    readonly absent: number;
    readonly copies: Readonly<Record<"stored" | "missing" | "damaged" | "deleted", number>>;
  }[];
}

/** An archive that is driven by the command line alone, with everything of it below one folder. */
export class RemoteArchive {
  readonly folder: string;
  readonly source: string;
  readonly work: string;
  readonly archive: string;
  readonly #ini: string;
  readonly #env: Readonly<Record<string, string>>;

  /** Writes the ini file; the tree in `source` is the caller's. */
  constructor(folder: string, options: RemoteArchiveOptions) {
    this.folder = folder;
    this.source = join(folder, "source");
    this.work = join(folder, "work");
    this.archive = join(this.work, "t.archive");
    this.#ini = join(this.work, "t.ini");
    const secrets = options.destinations.map((destination) => destination.secrets);
    const { timersFaster } = options;
    this.#env = Object.assign(
      timersFaster === undefined ? {} : fasterTimers(timersFaster),
      ...secrets,
    ) as Record<string, string>;
    mkdirSync(this.source, { recursive: true });
    mkdirSync(this.work, { recursive: true });
    writeFileSync(join(this.work, "passphrase"), "a passphrase\n", { mode: 0o600 });
    writeFileSync(this.#ini, iniOf(this.source, options));
  }

  /** Starts a command with the archive's passphrase at hand. */
  begin(command: string, ...args: readonly string[]): CliRun {
    return startCli(this.#args(command, args), this.#place());
  }

  async run(command: string, ...args: readonly string[]): Promise<CliOutcome> {
    return runCli(this.#args(command, args), this.#place());
  }

  /** What `start` takes where there is no archive yet, and `resume` where there is. */
  storing(): readonly [string, string] {
    return existsSync(this.archive) ? ["resume", this.archive] : ["start", this.#ini];
  }

  /** Stores what is new. @throws unless it ends with one of the codes; 0 if none is given */
  async store(...codes: readonly number[]): Promise<CliOutcome> {
    const [command, subject] = this.storing();
    return expectExit(await this.run(command, subject), ...(codes.length === 0 ? [0] : codes));
  }

  async status(): Promise<StatusDocument> {
    return documentOf(expectExit(await this.run("status", this.archive), 0)) as StatusDocument;
  }

  /** @throws unless every copy is what was stored */
  async verify(): Promise<void> {
    expectExit(await this.run("verify", this.archive, "--level", "decrypt"), 0);
  }

  /** Restores everything into a new folder and compares it with the tree. @throws naming the differences */
  async restoreAndCompare(name = "restored"): Promise<void> {
    const to = join(this.folder, name);
    rmSync(to, { recursive: true, force: true });
    expectExit(await this.run("restore", this.archive, to), 0);
    this.compare(to);
    rmSync(to, { recursive: true });
  }

  /** @throws naming how what lies at `to` differs from the tree */
  compare(to: string, subfolder = "."): void {
    const differences = compareTrees(join(this.source, subfolder), join(to, subfolder));
    if (differences.length === 0) return;
    throw new Error(`the restored tree differs: ${JSON.stringify(differences.slice(0, 20))}`);
  }

  #args(command: string, args: readonly string[]): string[] {
    // The paper's key opens the archive at once; a passphrase costs a second each time.
    const key = ["restore", "verify"].includes(command)
      ? ["--identity", "t.recovery-key.txt"]
      : ["--password-file", "passphrase"];
    return [command, ...args, ...key, "--json", "--no-input", "--progress", "none"];
  }

  #place(): { cwd: string; home: string; env: Readonly<Record<string, string>> } {
    return { cwd: this.work, home: join(this.folder, "home"), env: this.#env };
  }
}

function fasterTimers(factor: number): Record<string, string> {
  const preload = new URL("fast-timers.ts", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, TEST_TIMERS_FASTER: String(factor) };
}

function iniOf(source: string, { destinations, packMebibytes = 1 }: RemoteArchiveOptions): string {
  const sections = destinations.map(({ name, lines }) => {
    const [scheme = "", ...rest] = name.split(":");
    const title = `${scheme.charAt(0).toUpperCase()}${scheme.slice(1)}`;
    return `[${[title, ...rest].join(" ")}]\n${lines.join("\n")}\n`;
  });
  const types = destinations.map(({ name }) => name).join(", ");
  return `[Archive]
directory = ${source}
name = t
[Tar]
ciphered = yes
size_tar = ${packMebibytes}
[Repository]
type = ${types}
${sections.join("")}`.replaceAll("%", "%%");
}
