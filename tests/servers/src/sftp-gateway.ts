import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import ssh2, { type AuthContext, type Connection, type Server } from "ssh2";

import { serveGateway, type GatewayHooks } from "./sftp-gateway-session.ts";
import { freePort } from "./sshd-free-port.ts";

export type { GatewayHooks } from "./sftp-gateway-session.ts";

export interface SftpGatewayOptions {
  readonly user?: string;
  readonly password?: string;
  /** Containers that exist, the first components of paths; `["archive"]` if not given. */
  readonly containers?: readonly string[];
  /** The ways in which it takes the password; `["password"]` if not given. */
  readonly methods?: readonly ("password" | "keyboard-interactive")[];
  readonly hooks?: GatewayHooks;
}

export interface SftpGateway extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** `SHA256:…` */
  readonly hostKeySha256: string;
  /** The folder that holds a folder for each container, with what was stored. */
  readonly directory: string;
  /** The passwords that clients have sent, right or wrong. */
  readonly sentPasswords: readonly string[];
  /** Cuts every connection; new ones are taken. */
  dropConnections(): void;
  /** Cuts every connection and refuses new ones. What is stored stays. */
  kill(): Promise<void>;
  /** Takes connections again, on the same port and with the same key. */
  restart(): Promise<void>;
  /** Kills it and removes what it stored. */
  stop(): Promise<void>;
}

/** ssh2 keeps it to itself, but only the socket can be cut without a goodbye. */
function socketOf(connection: Connection): Socket | undefined {
  const { _sock: socket } = connection as unknown as { _sock?: Socket };
  return socket;
}

/** Made by Node: of the Ed25519 keys that ssh2 1.17 makes, it cannot read each one back. */
function newHostKey(): string {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "sec1", format: "pem" },
  });
  return privateKey;
}

function publicBlob(privateKey: string): Buffer {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return parsed.getPublicSSH();
}

function takesPassword(
  context: AuthContext,
  user: string,
  password: string,
  methods: readonly string[],
  sent: string[],
): void {
  const reject = (): void => context.reject([...methods] as ("password" | "none")[]);
  const judge = (given: string): void => {
    sent.push(given);
    if (context.username === user && given === password) context.accept();
    else reject();
  };
  if (!methods.includes(context.method)) reject();
  else if (context.method === "password") judge(context.password);
  else if (context.method === "keyboard-interactive") {
    context.prompt([{ prompt: "Password: ", echo: false }], (answers) => judge(answers[0] ?? ""));
  } else reject();
}

/**
 * Starts a double of OVH's SFTP gateway for Public Cloud Archive, on a free port: a password, the
 * first component of a path is the container, whole files written in order under their final names.
 */
export async function startSftpGateway(options: SftpGatewayOptions = {}): Promise<SftpGateway> {
  const { user = "pca", password = "tenant.user.secret", hooks = {} } = options;
  const methods = options.methods ?? ["password"];
  const directory = await mkdtemp(join(tmpdir(), "coldstow-gateway-"));
  for (const container of options.containers ?? ["archive"])
    await mkdir(join(directory, container));
  const hostKey = newHostKey();
  const blob = publicBlob(hostKey);
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  const port = await freePort();
  const sentPasswords: string[] = [];
  const connections = new Set<Connection>();
  let server: Server | undefined;

  const serve = (connection: Connection): void => {
    connections.add(connection);
    // Small answers that wait for each other cost 40 ms each.
    socketOf(connection)?.setNoDelay(true);
    connection.on("close", () => connections.delete(connection));
    // A client that goes away in the middle of something is what tests do here.
    connection.on("error", () => connection.end());
    connection.on("authentication", (context) =>
      takesPassword(context, user, password, methods, sentPasswords),
    );
    connection.on("session", (accept) => {
      const session = accept();
      session.on("sftp", (acceptSftp) => serveGateway(acceptSftp(), directory, hooks));
    });
  };
  const restart = async (): Promise<void> => {
    const started = new ssh2.Server({ hostKeys: [hostKey] }, serve);
    started.listen(port, "127.0.0.1");
    await once(started, "listening");
    server = started;
  };
  const dropConnections = (): void => {
    for (const connection of connections) socketOf(connection)?.destroy();
  };
  const kill = async (): Promise<void> => {
    const ending = server;
    if (ending === undefined) return;
    server = undefined;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    ending.close(() => resolve());
    dropConnections();
    await closed;
  };
  const stop = async (): Promise<void> => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  };
  await restart();
  return {
    host: "127.0.0.1",
    port,
    user,
    password,
    hostKeySha256: `SHA256:${digest}`,
    directory,
    sentPasswords,
    dropConnections,
    kill,
    restart,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
