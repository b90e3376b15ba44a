import type { ClientChannel } from "ssh2";

export interface CommandResult {
  /** Undefined where the command was not run, or nobody knows how it ended. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

const mostOutput = 65_536;
const ending = /\ncoldstow (\d+)\n/;

/** A shell on the server that runs one command after another. */
export class RemoteShell {
  readonly #stream: ClientChannel;
  readonly #onEnd: () => void;
  #output = "";
  #finish: ((result: CommandResult) => void) | undefined;

  constructor(stream: ClientChannel, onEnd: () => void) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => this.#read(chunk));
    stream.stderr.resume();
    // What matters of an error is the end that follows it.
    stream.on("error", () => undefined);
    stream.on("close", () => {
      onEnd();
      this.#tell({ exitCode: undefined, stdout: "" });
    });
    this.#onEnd = onEnd;
  }

  /** Ends it, whether or not the server answers that. */
  abandon(): void {
    this.#stream.close();
    this.#onEnd();
    this.#tell({ exitCode: undefined, stdout: "" });
  }

  #read(chunk: Buffer): void {
    this.#output = (this.#output + chunk.toString("latin1")).slice(-mostOutput);
    const found = ending.exec(this.#output);
    if (found === null) return;
    const stdout = this.#output.slice(0, found.index);
    this.#output = "";
    this.#tell({ exitCode: Number(found[1]), stdout });
  }

  #tell(result: CommandResult): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(result);
  }

  /** The caller waits for the end of one command before the next. */
  run(command: string, finish: (result: CommandResult) => void): void {
    this.#finish = finish;
    this.#stream.write(`( ${command} )\nprintf '\\ncoldstow %d\\n' $?\n`);
  }
}
