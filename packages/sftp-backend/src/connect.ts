import { connect as connectTcp, type Socket } from "node:net";

import { ColdstowError, isColdstowError } from "@coldstow/contracts";
import ssh2, { type AnyAuthMethod, type Client, type SFTPWrapper } from "ssh2";

import type { SftpConfig } from "./config.ts";
import { credentials } from "./credentials.ts";
import { sftpError } from "./errors.ts";
import type { HostKeyCheck } from "./host-key-check.ts";

/** Ciphers that run in OpenSSL and authenticate by themselves come first: ssh2's chacha20 is slow. */
const ciphers = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "aes128-ctr",
  "aes256-ctr",
  "chacha20-poly1305@openssh.com",
] as const;
const hostKeyAlgorithms = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
] as const;
type HostKeyAlgorithm = (typeof hostKeyAlgorithms)[number];
/** Answers to keep-alives count as progress, so a server that is busy with a file stays connected. */
const keepAlivesPerStall = 4;

export interface OpenedSession {
  readonly socket: Socket;
  readonly client: Client;
  readonly sftp: SFTPWrapper;
}

/** A server with several host keys shows the one that is known of it, if it is asked for that first. */
function preferred(knownTypes: readonly string[]): HostKeyAlgorithm[] {
  const isKnown = (algorithm: HostKeyAlgorithm): boolean =>
    knownTypes.includes(algorithm.startsWith("rsa-sha2") ? "ssh-rsa" : algorithm);
  return hostKeyAlgorithms.toSorted((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
}

function inOrder(methods: readonly AnyAuthMethod[]) {
  const waiting = [...methods];
  return (left: readonly string[] | null, _partial: boolean | null): AnyAuthMethod | false => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { type } = next;
      const name = type === "agent" ? "publickey" : type;
      if (left === null || left.length === 0 || left.includes(name)) return next;
    }
    return false;
  };
}

/** A failure to connect or log in. Its message holds nothing that the user keeps secret. */
function connectError(error: unknown, config: SftpConfig): ColdstowError {
  if (isColdstowError(error)) return error;
  const { level, message, code } = error as { level?: string; message?: string; code?: string };
  const place = `${config.host}:${config.port}`;
  const told = (
    name: "E_AUTH" | "E_TIMEOUT" | "E_TEMPORARY" | "E_UNSUPPORTED",
    text: string,
    hint?: string,
  ): ColdstowError =>
    new ColdstowError(name, text, {
      subject: place,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  if (level === "client-authentication" || /authentication failures/i.test(message ?? "")) {
    return told(
      "E_AUTH",
      `${place} let user ${config.user} in by none of the ways in the settings`,
    );
  }
  if (level === "client-timeout" || code === "ETIMEDOUT") {
    return told("E_TIMEOUT", `${place} did not answer in time`);
  }
  if (level === "handshake" && /no matching/i.test(message ?? "")) {
    return told(
      "E_UNSUPPORTED",
      `${place} and coldstow have no ${/no matching (.*)/i.exec(message ?? "")?.[1] ?? "algorithm"} in common`,
      "The server's SSH software is very old or very strict; update or reconfigure it.",
    );
  }
  const hint =
    code === "ENOTFOUND" ? "Check the setting host, and this machine's network." : undefined;
  return told(
    "E_TEMPORARY",
    `connecting to ${place} failed: ${message ?? "no reason was given"}`,
    hint,
  );
}

async function openTcp(config: SftpConfig, socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.setTimeout(config.connectTimeoutMs, () =>
    reject(Object.assign(new Error("no answer"), { level: "client-timeout" })),
  );
  socket.once("connect", resolve);
  socket.once("error", reject);
  try {
    await promise;
  } finally {
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
  }
}

async function login(
  client: Client,
  socket: Socket,
  config: SftpConfig,
  check: HostKeyCheck,
  methods: readonly AnyAuthMethod[],
): Promise<void> {
  const knownTypes = await check.knownTypes();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.once("ready", resolve);
  client.on("error", (error) => {
    // An agent that is gone is only one of the ways to log in.
    if (error.level !== "agent") reject(error);
  });
  client.once("close", () => reject(new Error("the server closed the connection")));
  const next = inOrder(methods);
  client.connect({
    sock: socket,
    username: config.user,
    readyTimeout: config.connectTimeoutMs,
    keepaliveInterval: Math.ceil(config.stallTimeoutMs / keepAlivesPerStall),
    // What ends a silent connection is the watch over its progress, which a slow line does not mislead.
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    algorithms: {
      cipher: [...ciphers],
      serverHostKey: preferred(knownTypes),
      compress: ["none"],
    },
    hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
      check.check(key).then(
        () => verify(true),
        (error: unknown) => {
          reject(error);
          verify(false);
        },
      );
    },
    authHandler: (left, partial, callback) => {
      (callback as (method: AnyAuthMethod | false) => void)(next(left, partial));
    },
  });
  await promise;
}

async function openSftp(client: Client): Promise<SFTPWrapper> {
  const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>();
  client.once("close", () => reject(new Error("the server closed the connection")));
  client.sftp((error, sftp) => {
    if (error) reject(error);
    else resolve(sftp);
  });
  return await promise;
}

/**
 * Connects, checks the host key, logs in and begins an SFTP session.
 * @throws {E_HOST_KEY} before anything secret was sent
 * @throws {E_AUTH | E_CONFIG | E_TIMEOUT | E_TEMPORARY | E_UNSUPPORTED}
 */
export async function openSession(config: SftpConfig, check: HostKeyCheck): Promise<OpenedSession> {
  const methods = await credentials(config);
  const socket = connectTcp({ host: config.host, port: config.port, noDelay: true });
  const client = new ssh2.Client();
  // Late errors of a connection that has ended already have nobody left to tell.
  socket.on("error", () => undefined);
  client.on("error", () => undefined);
  try {
    await openTcp(config, socket);
    await login(client, socket, config, check, methods);
    client.setNoDelay(true);
    const timer = setTimeout(() => socket.destroy(), config.connectTimeoutMs);
    try {
      return { socket, client, sftp: await openSftp(client) };
    } catch (error) {
      throw sftpError(
        new ColdstowError("E_TEMPORARY", `${config.host} began no SFTP session`, { cause: error }),
        "beginning a session",
      );
    } finally {
      clearTimeout(timer);
    }
  } catch (error) {
    client.destroy();
    socket.destroy();
    throw connectError(error, config);
  }
}
