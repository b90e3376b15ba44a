import { ColdstowError } from "@coldstow/contracts";
import type { SFTPWrapper } from "ssh2";

import type { SftpConfig } from "./config.ts";
import { openSession, type OpenedSession } from "./connect.ts";
import { statusOf } from "./errors.ts";
import type { HostKeyCheck } from "./host-key-check.ts";
import { RemoteShell, type CommandResult } from "./remote-shell.ts";

/** How often progress is looked at within the time that a stall may last. */
const looksPerStall = 4;
/** A server whose SSH service lives but whose disk hangs is given up after so many stall times. */
const stallsPerAnswer = 10;

type Callback<T> = (error: Error | null | undefined, value?: T) => void;

/** One connection with one SFTP session. Once broken it stays so; the pool opens another. */
export class Connection {
  readonly #session: OpenedSession;
  readonly #config: SftpConfig;
  readonly #waiting: Set<(error: ColdstowError) => void> = new Set();
  #commands: Promise<unknown> = Promise.resolve();
  #shell: RemoteShell | undefined;
  #broken: ColdstowError | undefined;
  #watch: NodeJS.Timeout | undefined;
  #movedBytes = -1;
  #movedAt = 0;
  #answeredAt = 0;
  /** Calls of the backend that use it now. */
  users = 0;

  private constructor(session: OpenedSession, config: SftpConfig) {
    this.#session = session;
    this.#config = config;
    const { client, sftp, socket } = session;
    const lost = (error?: unknown): void => this.#fail("E_TEMPORARY", "was lost", error);
    client.on("error", lost);
    client.on("close", () => lost());
    sftp.on("error", lost);
    sftp.on("close", () => lost());
    // A connection that nobody waits for keeps no process alive.
    socket.unref();
  }

  static async open(config: SftpConfig, check: HostKeyCheck): Promise<Connection> {
    return new Connection(await openSession(config, check), config);
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** What the server said that it can do beyond SFTP version 3; ssh2 tells it to nobody. */
  offers(extension: string): boolean {
    const { _extensions: offered } = this.#session.sftp as unknown as {
      _extensions: Record<string, string>;
    };
    return this.#config.dialect.extensions && Object.hasOwn(offered, extension);
  }

  /** The most bytes of a request that the server takes, as ssh2 knows from its limits@openssh.com or its name. */
  get requestBytes(): number {
    const { _maxWriteLen: limit } = this.#session.sftp as unknown as { _maxWriteLen: number };
    const isLarge = limit >= this.#config.dialect.requestBytes;
    return isLarge ? this.#config.dialect.requestBytes : Math.min(limit, 32 * 1024);
  }

  #fail(code: "E_TEMPORARY" | "E_TIMEOUT", what: string, cause?: unknown): void {
    if (this.#broken !== undefined) return;
    const place = `${this.#config.host}:${this.#config.port}`;
    this.#broken = new ColdstowError(code, `the connection to ${place} ${what}`, {
      subject: place,
      ...(cause === undefined ? {} : { cause }),
    });
    this.#destroy();
    for (const reject of this.#waiting) reject(this.#broken);
    this.#waiting.clear();
  }

  #destroy(): void {
    clearInterval(this.#watch);
    this.#session.client.destroy();
    this.#session.socket.destroy();
  }

  #look(): void {
    const { socket } = this.#session;
    const moved = socket.bytesRead + socket.bytesWritten - socket.writableLength;
    const now = performance.now();
    const { stallTimeoutMs } = this.#config;
    if (moved !== this.#movedBytes) {
      this.#movedBytes = moved;
      this.#movedAt = now;
    }
    const silent = now - this.#movedAt >= stallTimeoutMs;
    if (silent || now - this.#answeredAt >= stallTimeoutMs * stallsPerAnswer) {
      const seconds = Math.round(stallTimeoutMs / 1000);
      this.#fail(
        "E_TIMEOUT",
        `made no progress for ${silent ? seconds : seconds * stallsPerAnswer} s`,
      );
    }
  }

  #begin(reject: (error: ColdstowError) => void): void {
    this.#waiting.add(reject);
    if (this.#waiting.size > 1) return;
    this.#session.socket.ref();
    this.#movedAt = performance.now();
    this.#answeredAt = this.#movedAt;
    this.#watch = setInterval(() => this.#look(), this.#config.stallTimeoutMs / looksPerStall);
  }

  #end(reject: (error: ColdstowError) => void): void {
    this.#waiting.delete(reject);
    this.#answeredAt = performance.now();
    if (this.#waiting.size > 0) return;
    clearInterval(this.#watch);
    // Node keeps a wish for a socket that is gone, one listener for each.
    if (!this.#session.socket.destroyed) this.#session.socket.unref();
  }

  async #watched<T>(start: (done: Callback<T>) => void): Promise<T> {
    if (this.#broken !== undefined) throw this.#broken;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#begin(reject);
    const done: Callback<T> = (error, value) => {
      if (error === undefined || error === null) resolve(value as T);
      // A request that got no answer fails with the connection, which may know better why.
      else if (statusOf(error) === undefined)
        setImmediate(() => this.#fail("E_TEMPORARY", "was lost", error));
      else reject(error);
    };
    try {
      try {
        start(done);
      } catch (error) {
        // ssh2 throws where it is no longer connected.
        done(error as Error);
      }
      return await promise;
    } finally {
      this.#end(reject);
    }
  }

  /**
   * Sends one request and waits for its answer.
   * @throws the server's answer as it is, with its number as `code`
   * @throws {E_TEMPORARY | E_TIMEOUT} where the connection breaks before the answer
   */
  async request<T = void>(send: (sftp: SFTPWrapper, done: Callback<T>) => void): Promise<T> {
    return await this.#watched<T>((done) => send(this.#session.sftp, done));
  }

  /** Runs a command of a POSIX shell; one after another, since servers allow few sessions. */
  async run(command: string): Promise<CommandResult> {
    const result = this.#runAfter(this.#commands, command);
    this.#commands = result.catch(() => undefined);
    return await result;
  }

  async #runAfter(earlier: Promise<unknown>, command: string): Promise<CommandResult> {
    await earlier;
    return await this.#watched<CommandResult>((done) =>
      this.#run(command, (told) => done(undefined, told)),
    );
  }

  #run(command: string, finish: (result: CommandResult) => void): void {
    if (this.#shell !== undefined) {
      this.#shell.run(command, finish);
      return;
    }
    // One shell serves all commands: to begin a session costs a server more than most of them.
    this.#session.client.exec("exec sh", (error, stream) => {
      if (error !== undefined) {
        // Refusing a session is an answer too; the connection goes on.
        finish({ exitCode: undefined, stdout: "" });
        return;
      }
      const shell = new RemoteShell(stream, () => {
        if (this.#shell === shell) this.#shell = undefined;
      });
      this.#shell = shell;
      // A script that the server runs at each login may hang.
      const timer = setTimeout(() => shell.abandon(), this.#config.connectTimeoutMs);
      shell.run(":", (began) => {
        clearTimeout(timer);
        if (began.exitCode === undefined) finish(began);
        else shell.run(command, finish);
      });
    });
  }

  close(): void {
    this.#fail("E_TEMPORARY", "was closed");
  }
}
