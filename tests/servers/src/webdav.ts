import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetAtExit, killAtExit } from "./kill-at-exit.ts";

/** `rclone serve webdav` on a free port of 127.0.0.1, with a folder, a user and a password of its own. */
export class WebdavServer {
  readonly host: string = "127.0.0.1";
  readonly user: string = "ann";
  readonly password: string;
  /** The folder that is served. */
  readonly directory: string;
  readonly #folder: string;
  #port = 0;
  #process: ChildProcess | undefined;

  constructor(folder: string, password: string) {
    this.#folder = folder;
    this.directory = join(folder, "served");
    this.password = password;
  }

  get port(): number {
    return this.#port;
  }

  /** @throws {Error} with rclone's own words if it does not start */
  async begin(): Promise<void> {
    await mkdir(this.directory);
    const args = ["serve", "webdav", this.directory, "--addr", "127.0.0.1:0", "--verbose"];
    const child = spawn("rclone", args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        RCLONE_CONFIG: join(this.#folder, "no-config"),
        RCLONE_USER: this.user,
        RCLONE_PASS: this.password,
      },
    });
    this.#process = child;
    killAtExit(this);
    const { promise: listening, resolve, reject } = Promise.withResolvers<number>();
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      if (this.#port !== 0) return;
      said += chunk.toString("utf8");
      const port = /started on \[?http:\/\/127\.0\.0\.1:(\d+)/i.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`rclone did not start:\n${said}`)));
    this.#port = await listening;
  }

  /** Kills without waiting; for the end of the test process. */
  killNow(): void {
    forgetAtExit(this);
    this.#process?.kill("SIGKILL");
  }

  /** Kills it (SIGKILL). The port refuses connections afterwards. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    this.killNow();
    await ended;
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
 * Starts a WebDAV server with an empty folder.
 * @throws {Error} with rclone's own words if it does not start
 */
export async function startWebdav(
  options: { readonly password?: string } = {},
): Promise<WebdavServer> {
  const folder = await mkdtemp(join(tmpdir(), "coldstow-webdav-"));
  const server = new WebdavServer(folder, options.password ?? "not a secret");
  try {
    await server.begin();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}
