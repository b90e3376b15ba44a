import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** sshd wants every folder above a chroot to be root's alone, which those of tests are not. */
const chrootMount = "/mnt";

export type HostKeyType = "ed25519" | "ecdsa" | "rsa";

export interface SshdOptions {
  /** Kinds of host keys that the server offers; `["ed25519"]` if not given. */
  readonly hostKeyTypes?: readonly HostKeyType[];
  /** Lets this password in, too. Needs root: it holds in a mount namespace of the server's own. */
  readonly password?: string;
  /** Sessions that one connection may open (`MaxSessions`); 10 if not given. */
  readonly maxSessions?: number;
  /** Only SFTP, neither commands nor a shell; false if not given. */
  readonly sftpOnly?: boolean;
  /** SFTP sessions begin in `directory` instead of the user's home folder. */
  readonly startInDirectory?: boolean;
  /** SFTP sessions see `directory` as `/`. Needs root, and implies `sftpOnly`. */
  readonly chroot?: boolean;
  /** `directory` is a file system of this size. Needs root; look at it through `localDirectory`. */
  readonly diskBytes?: number;
  /** SFTP sessions cannot write. */
  readonly readOnly?: boolean;
  /** SFTP requests that are refused, by sftp-server's names, such as `posix-rename`. */
  readonly refusedRequests?: readonly string[];
  /** More lines of sshd_config. */
  readonly extraConfig?: readonly string[];
}

export interface HostKey {
  readonly sha256: string;
  /** `TYPE BASE64`, as it stands in known_hosts after the host. */
  readonly publicKey: string;
}

export async function makeKey(path: string, type: HostKeyType, passphrase = ""): Promise<HostKey> {
  const size = type === "rsa" ? ["-b", "2048"] : [];
  await run("ssh-keygen", ["-q", "-t", type, ...size, "-N", passphrase, "-C", "test", "-f", path]);
  const publicKey = (await readFile(`${path}.pub`, "utf8")).split(" ").slice(0, 2).join(" ");
  const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { sha256: `SHA256:${digest}`, publicKey };
}

/** Writes sshd_config and returns its path. */
export async function writeSshdConfig(
  folder: string,
  directory: string,
  port: number,
  hostKeyPaths: readonly string[],
  options: SshdOptions,
): Promise<string> {
  const flags = [
    ...(options.startInDirectory === true ? ["-d", directory] : []),
    ...(options.readOnly === true ? ["-R"] : []),
    ...(options.refusedRequests === undefined ? [] : ["-P", options.refusedRequests.join(",")]),
  ];
  const sftp = ["internal-sftp", ...flags].join(" ");
  const password = options.password === undefined ? "no" : "yes";
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    ...hostKeyPaths.map((path) => `HostKey ${path}`),
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    `AllowUsers ${userInfo().username}`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "UseDNS no",
    "LogLevel VERBOSE",
    "PrintMotd no",
    "PermitRootLogin yes",
    "PubkeyAuthentication yes",
    `PasswordAuthentication ${password}`,
    "KbdInteractiveAuthentication no",
    "MaxStartups 200",
    "MaxAuthTries 20",
    `MaxSessions ${options.maxSessions ?? 10}`,
    `Subsystem sftp ${sftp}`,
    ...(options.sftpOnly === true || options.chroot === true ? [`ForceCommand ${sftp}`] : []),
    ...(options.chroot === true ? [`ChrootDirectory ${chrootMount}`] : []),
    // A login of bash would else run the scripts of whoever runs the tests.
    "SetEnv SHLVL=9",
    ...(options.extraConfig ?? []),
  ];
  const path = join(folder, "sshd_config");
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The command that starts the server. What would change the machine, a password or a file system,
 * is mounted in a namespace that ends with the server.
 */
export async function sshdCommand(
  folder: string,
  directory: string,
  configPath: string,
  options: SshdOptions,
): Promise<readonly [string, ...string[]]> {
  // A test process that is killed takes its server with it.
  const tied = ["setpriv", "--pdeathsig", "KILL", "--"] as const;
  const server = ["/usr/sbin/sshd", "-D", "-e", "-f", configPath] as const;
  const mounts: string[] = [];
  if (options.password !== undefined) {
    const user = userInfo().username;
    const hashing = run("openssl", ["passwd", "-6", "-stdin"]);
    hashing.child.stdin?.end(options.password);
    const hash = (await hashing).stdout.trim();
    const lines = (await readFile("/etc/shadow", "utf8")).split("\n");
    const shadow = join(folder, "shadow");
    const changed = lines.map((line) =>
      line.startsWith(`${user}:`) ? `${user}:${hash}:19000:0:99999:7:::` : line,
    );
    await writeFile(shadow, changed.join("\n"), { mode: 0o600 });
    mounts.push(`mount --bind ${quoted(shadow)} /etc/shadow`);
  }
  if (options.diskBytes !== undefined) {
    mounts.push(`mount -t tmpfs -o size=${options.diskBytes} tmpfs ${quoted(directory)}`);
  }
  if (options.chroot === true) {
    mounts.push(`mount --bind ${quoted(directory)} ${chrootMount}`);
  }
  if (mounts.length === 0) return [...tied, ...server];
  const script = [...mounts, `exec ${server.map(quoted).join(" ")}`].join(" && ");
  return [...tied, "unshare", "--mount", "sh", "-c", script];
}
