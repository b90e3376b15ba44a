import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import {
  makeKey,
  sshdCommand,
  writeSshdConfig,
  type HostKey,
  type HostKeyType,
  type SshdOptions,
} from "./sshd-config.ts";
import { forgetAtExit, killAtExit } from "./kill-at-exit.ts";
import { freePort } from "./sshd-free-port.ts";
import { signalTree } from "./sshd-processes.ts";

export { makeKey, type HostKey, type HostKeyType, type SshdOptions } from "./sshd-config.ts";

const portAttempts = 5;

/** Debian's OpenSSH server on 127.0.0.1, in the foreground, with keys of its own. */
export class Sshd {
  readonly host: string = "127.0.0.1";
  readonly user: string = userInfo().username;
  readonly #folder: string;
  readonly #options: SshdOptions;
  #port = 0;
  #hostKeys: readonly HostKey[] = [];
  #hostKeyPaths: readonly string[] = [];
  #process: ChildProcess | undefined;

  constructor(folder: string, options: SshdOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** The process id of the daemon; of the last one, while it is down. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** A private key, without a passphrase, that the server lets in. */
  get privateKeyPath(): string {
    return join(this.#folder, "user_key");
  }

  /** An empty folder that the user may write to, as the server names it. */
  get directory(): string {
    return join(this.#folder, "directory");
  }

  /** The same folder, as this process sees it also where it is a file system of its own. */
  get localDirectory(): string {
    if (this.#options.diskBytes === undefined) return this.directory;
    return `/proc/${this.pid}/root${this.directory}`;
  }

  get logPath(): string {
    return join(this.#folder, "log");
  }

  /** All host keys, in the order of `hostKeyTypes`. */
  get hostKeys(): readonly HostKey[] {
    return this.#hostKeys;
  }

  /** `SHA256:…` of the first host key. */
  get hostKeySha256(): string {
    return this.#hostKeys[0]?.sha256 ?? "";
  }

  /** The first host key as a line of known_hosts. */
  get knownHostsLine(): string {
    return `[${this.host}]:${this.#port} ${this.#hostKeys[0]?.publicKey ?? ""}`;
  }

  /** Makes keys and the folder, and starts on a free port. */
  async begin(): Promise<void> {
    await mkdir(this.directory);
    await makeKey(this.privateKeyPath, "ed25519");
    await copyFile(`${this.privateKeyPath}.pub`, join(this.#folder, "authorized_keys"));
    if (this.#options.chroot === true) await mkdir(join(this.directory, "upload"));
    await chmod(this.directory, 0o755);
    await this.#newHostKeys("first");
    for (let attempt = 1; ; attempt += 1) {
      this.#port = await freePort();
      try {
        await this.#start();
        return;
      } catch (error) {
        if (attempt === portAttempts) throw error;
      }
    }
  }

  async #newHostKeys(generation: string): Promise<void> {
    const types: readonly HostKeyType[] = this.#options.hostKeyTypes ?? ["ed25519"];
    this.#hostKeyPaths = types.map((type) => join(this.#folder, `host_${generation}_${type}`));
    this.#hostKeys = await Promise.all(
      types.map((type, index) => makeKey(this.#hostKeyPaths[index] ?? "", type)),
    );
  }

  async #start(): Promise<void> {
    if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    const config = await writeSshdConfig(
      this.#folder,
      this.directory,
      this.#port,
      this.#hostKeyPaths,
      this.#options,
    );
    const [program, ...args] = await sshdCommand(
      this.#folder,
      this.directory,
      config,
      this.#options,
    );
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    killAtExit(this);
    const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
    const log = createWriteStream(this.logPath, { flags: "a" });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      log.write(chunk);
      if (said === "listening") return;
      said += chunk.toString("latin1");
      if (!said.includes("Server listening on")) return;
      said = "listening";
      resolve();
    });
    child.stderr.once("close", () => log.end());
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`sshd did not start:\n${said}`)));
    await listening;
  }

  /** Stops the daemon and its sessions where they stand (SIGSTOP): connections stay open and silent. */
  async pause(): Promise<void> {
    signalTree(this.pid, "SIGSTOP");
    await Promise.resolve();
  }

  async resume(): Promise<void> {
    signalTree(this.pid, "SIGCONT");
    await Promise.resolve();
  }

  /** Kills without waiting; for the end of the test process. */
  killNow(): void {
    forgetAtExit(this);
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      signalTree(this.pid, "SIGKILL");
    }
  }

  /** Kills the daemon and its sessions (SIGKILL). The port refuses connections afterwards. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    this.killNow();
    await ended;
  }

  /** Starts again on the same port and with the same keys; kills it first where it runs. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#start();
  }

  /** Starts again with other host keys. */
  async replaceHostKey(): Promise<void> {
    await this.kill();
    await this.#newHostKeys(String(Date.now()));
    await this.#start();
  }

  /** Kills it and removes everything that it made. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts an OpenSSH server with a host key, a user key and a folder of its own. Several may run at
 * once.
 * @throws {Error} with sshd's own words if it does not start
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), "coldstow-sshd-"));
  const server = new Sshd(folder, options);
  try {
    await server.begin();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}
