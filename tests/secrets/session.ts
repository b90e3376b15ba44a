import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { watchArguments } from "./argv-watch.ts";
import { Evidence } from "./evidence.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const program = join(repository, "apps/cli/bin/run.js");

export interface Ended {
  readonly status: number | null;
  /** Both streams, as they came. */
  readonly told: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Run it on a terminal, and answer what is asked: question → answer. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** A home of its own for the command line, and all that came out of it. */
export class Session {
  readonly folder: string = mkdtempSync(join(tmpdir(), "coldstow-secrets-"));
  readonly evidence: Evidence = new Evidence();
  readonly #watch = watchArguments((argv) => this.evidence.add("the arguments of processes", argv));

  #child: ChildProcess | undefined;

  constructor() {
    for (const name of ["home", "data", "tmp"]) mkdirSync(join(this.folder, name));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs coldstow; while it runs, its journal files are looked at, too. */
  async coldstow(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const { env = {}, answers } = options;
    const [command, ...words] =
      answers === undefined
        ? [process.execPath, program, ...args]
        : ["script", "--quiet", "--return", "--command", shellLine(args), "/dev/null"];
    const child = spawn(command, words, {
      cwd: this.folder,
      env: {
        PATH: process.env["PATH"],
        HOME: this.path("home"),
        TMPDIR: this.path("tmp"),
        XDG_DATA_HOME: this.path("data"),
        NODE_ENV: "production",
        ...env,
      },
      stdio: [answers === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    let told = "";
    const open = new Map(Object.entries(answers ?? {}));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        told += text;
        for (const [question, answer] of open) {
          if (!told.includes(question)) continue;
          open.delete(question);
          child.stdin?.write(`${answer}\r`);
        }
      });
    }
    this.#child = child;
    const journals = setInterval(() => this.#addJournals(), 20);
    const [status] = (await once(child, "close").finally(() => clearInterval(journals))) as [
      number | null,
    ];
    this.evidence.add("what was printed", Buffer.from(told));
    return { status, told };
  }

  #addJournals(): void {
    if (!existsSync(this.folder)) return;
    for (const name of readdirSync(this.folder)) {
      if (!/-(?:wal|journal)$/.test(name)) continue;
      try {
        this.evidence.add(name, readFileSync(this.path(name)));
      } catch {
        // It was there a moment ago.
      }
    }
  }

  end(): void {
    this.#watch.stop();
    // A test that failed may have left one that waits for an answer.
    this.#child?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function shellLine(args: readonly string[]): string {
  return [process.execPath, program, ...args]
    .map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
    .join(" ");
}
