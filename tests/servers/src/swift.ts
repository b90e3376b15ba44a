import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import {
  key,
  swiftConfiguration,
  user,
  type SwiftOptions,
  type SwiftPorts,
} from "./swift-configuration.ts";
import { freePorts } from "./swift-ports.ts";

export { stranger, type SwiftOptions } from "./swift-configuration.ts";

// A second on an idle machine; a server that has ended is noticed at once.
const startMs = 120_000;
const pollMs = 20;
// Debian's Swift belongs to Debian's Python, whichever stands first in PATH.
const python = "/usr/bin/python3";

type ServerName = "memcached" | "account" | "container" | "object" | "proxy";

/** A running OpenStack Swift: one replica, tempauth, and S3 on the same port. */
export interface Swift {
  readonly authUrl: string;
  readonly storageUrl: string;
  readonly user: string;
  readonly key: string;
  /** Path-style S3 of the same account. */
  readonly s3: {
    readonly endpoint: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly region: string;
  };
  /** Holds everything: `etc`, `logs` and the disk. */
  readonly directory: string;
  /** The servers' process ids; they change with {@link restart}. */
  readonly pids: Readonly<Record<ServerName, number>>;
  /** A name that no other scenario on this Swift has, good for a container and for a bucket. */
  freshName(): string;
  /** Stops the servers in their tracks: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends every server at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts again what {@link kill} ended: the same ports and data. Tokens are gone. */
  restart(): Promise<void>;
  /** Ends everything and removes its folder. May be called twice. */
  stop(): Promise<void>;
}

interface Running {
  readonly launcher: ChildProcess;
  readonly pids: Record<ServerName, number>;
}

async function launch(planPath: string): Promise<Running> {
  const script = fileURLToPath(new URL("swift-launch.py", import.meta.url));
  const launcher = spawn(python, [script, planPath], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  launcher.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000);
  });
  const exited = once(launcher, "exit");
  const lines = createInterface({ input: launcher.stdout });
  const answer = await Promise.race([once(lines, "line"), exited.then(() => undefined)]);
  if (answer === undefined) throw new Error(`Swift did not start: ${complaint}`);
  return { launcher, pids: JSON.parse(String(answer[0])) as Running["pids"] };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function until(ready: () => Promise<boolean>, what: string, running: Running): Promise<void> {
  const deadline = Date.now() + startMs;
  while (!(await ready())) {
    if (Date.now() > deadline) throw new Error(`Swift's ${what} did not answer`);
    if (running.launcher.exitCode !== null) throw new Error(`Swift ended before ${what} answered`);
    await pause(pollMs);
  }
}

async function storageUrl(authUrl: string): Promise<string | undefined> {
  const headers = { "x-auth-user": user, "x-auth-key": key };
  const answer = await fetch(authUrl, { headers }).catch(() => undefined);
  if (answer?.ok !== true) return undefined;
  const url = answer.headers.get("x-storage-url");
  const token = answer.headers.get("x-auth-token");
  if (url === null || token === null) return undefined;
  const account = await fetch(url, { headers: { "x-auth-token": token } });
  return account.ok ? url : undefined;
}

async function awaitReady(running: Running, ports: SwiftPorts, authUrl: string): Promise<string> {
  for (const [name, port] of Object.entries(ports)) {
    await until(() => accepts(port), `${name} server`, running);
  }
  let url: string | undefined;
  await until(
    async () => {
      url = await storageUrl(authUrl);
      return url !== undefined;
    },
    "account",
    running,
  );
  return url ?? "";
}

async function end({ launcher }: Running, disk: "keep" | "" = ""): Promise<void> {
  if (launcher.exitCode !== null || launcher.signalCode !== null) return;
  const exited = once(launcher, "exit");
  launcher.stdin?.end(disk);
  await exited;
}

async function logsOf(directory: string): Promise<string> {
  const names: readonly ServerName[] = ["memcached", "account", "container", "object", "proxy"];
  const logs = names.map((name) => readFile(join(directory, "logs", `${name}.log`), "utf8"));
  const texts = await Promise.allSettled(logs);
  return texts.map((text) => (text.status === "fulfilled" ? text.value : "")).join("");
}

/**
 * Starts an OpenStack Swift of its own: proxy, account, container and object server and memcached,
 * as Debian packs them, on free ports of 127.0.0.1, all its state in a temporary folder. It ends with
 * {@link Swift.stop}, and by itself with the process that started it. It takes about a second on an idle machine, so
 * let scenarios share one, each with a container of its own: {@link Swift.freshName}.
 */
export async function startSwift(options: SwiftOptions = {}): Promise<Swift> {
  const directory = await mkdtemp(join(tmpdir(), "coldstow-swift-"));
  const configuration = join(directory, "etc");
  const devices = join(directory, "node");
  const folders = { configuration, devices, cache: join(directory, "cache") };
  const device = join(devices, "sdb1");
  for (const path of [...Object.values(folders), device, join(directory, "logs")]) {
    await mkdir(path, { recursive: true });
  }
  const [proxy = 0, memcached = 0, account = 0, container = 0, object = 0] = await freePorts(5);
  const ports: SwiftPorts = { proxy, memcached, account, container, object };
  for (const [name, text] of Object.entries(swiftConfiguration(options, ports, folders))) {
    await writeFile(join(configuration, name), text);
  }
  const objectRings = (options.policies ?? ["PCA", "hot"]).map((_, index) => [
    index === 0 ? "object" : `object-${index}`,
    object,
  ]);
  const planPath = join(directory, "plan.json");
  const plan = {
    configuration,
    logs: join(directory, "logs"),
    device,
    diskBytes: options.diskBytes ?? null,
    rings: { account, container, ...Object.fromEntries(objectRings) },
    memcachedPort: memcached,
  };
  await writeFile(planPath, JSON.stringify(plan));

  const endpoint = `http://127.0.0.1:${proxy}`;
  const authUrl = `${endpoint}/auth/v1.0`;
  let running: Running | undefined;
  let stopped = false;
  const removeAll = async (): Promise<void> => {
    if (running !== undefined) await end(running);
    if (options.diskBytes !== undefined) await once(spawn("umount", [device]), "exit");
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  const up = async (): Promise<string> => {
    running = await launch(planPath);
    return await awaitReady(running, ports, authUrl);
  };
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const pid of Object.values(running?.pids ?? {})) process.kill(pid, signal);
  };

  let url: string;
  try {
    url = await up();
  } catch (error) {
    const logs = await logsOf(directory);
    await removeAll();
    throw new Error(`${String(error)}\n${logs.slice(-4000)}`, { cause: error });
  }
  return {
    authUrl,
    storageUrl: url,
    user,
    key,
    s3: { endpoint, accessKeyId: user, secretAccessKey: key, region: "us-east-1" },
    directory,
    get pids() {
      return running?.pids ?? { memcached: 0, account: 0, container: 0, object: 0, proxy: 0 };
    },
    freshName: () => `scenario-${randomBytes(8).toString("hex")}`,
    pause: () => signalAll("SIGSTOP"),
    resume: () => signalAll("SIGCONT"),
    async kill() {
      if (running !== undefined) await end(running, "keep");
    },
    async restart() {
      if (running !== undefined) await end(running, "keep");
      await up();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      await removeAll();
    },
  };
}
