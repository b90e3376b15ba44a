import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ShellCommand } from "./measured-run.ts";
import { missingPrograms } from "./missing-programs.ts";

/** What is sent, and the server that it is sent to. */
export interface UploadPlaces {
  /** Photographs; only read. */
  readonly tree: string;
  /** Files as large as packs, as many bytes as the tree; only read. */
  readonly packs: string;
  /** For whatever the contender needs; empty. */
  readonly work: string;
  /** An empty folder on the server. */
  readonly store: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The path of a private key that the server lets in. */
  readonly key: string;
  readonly knownHosts: string;
}

export interface Uploader {
  readonly name: string;
  /** What it does, for those who read the table. */
  readonly what: string;
  /** Undefined when all is there; else what is missing. */
  readonly missing: () => string | undefined;
  /** What is not measured: settings, keys. */
  readonly prepare?: (places: UploadPlaces) => void;
  readonly command: (places: UploadPlaces) => ShellCommand;
}

const program = fileURLToPath(new URL("../coldstow", import.meta.url));
const backendScript = fileURLToPath(new URL("../tests/remote/put-files.ts", import.meta.url));
const passphrase = "benchmark passphrase";

/** The client by whose time the others are judged. */
export const baseline = "OpenSSH sftp";

const openSsh: Uploader = {
  name: baseline,
  what: "`sftp -b`, `put` of files of 240 MiB; not encrypted, nothing checked",
  missing: () => missingPrograms("sftp"),
  prepare: ({ packs, work, store }) => {
    const lines = readdirSync(packs).map((name) => `put ${packs}/${name} ${store}/${name}`);
    writeFileSync(`${work}/batch`, `${lines.join("\n")}\n`);
  },
  command: ({ work, host, port, user, key, knownHosts }) => ({
    script: `sftp -q -b "$1/batch" -P "$2" -i "$3" -o "UserKnownHostsFile=$4" "$5@$6"`,
    args: [work, String(port), key, knownHosts, user, host],
  }),
};

function putsOfBackend(name: string, what: string, more: Record<string, string>): Uploader {
  return {
    name,
    what,
    missing: () => undefined,
    command: ({ packs, work, store, host, port, user, key, knownHosts }) => ({
      script: `"$1" "$2" "$3" "$4"`,
      args: [process.execPath, backendScript, packs, work],
      env: {
        UPLOAD_SETTINGS: JSON.stringify({
          host,
          port: String(port),
          user,
          key_file: key,
          known_hosts: knownHosts,
          dir: store,
          ...more,
        }),
      },
    }),
  };
}

const backend = putsOfBackend(
  "sftp backend",
  "coldstow's backend alone, `put` of the same files, one after the other, made durable (`fsync`), the server's own SHA-256 asked for each",
  {},
);

const unchecked = putsOfBackend("sftp backend unchecked", "the same with `server_digest = no`", {
  server_digest: "no",
});

const coldstow: Uploader = {
  name: "coldstow start",
  what: "the tree: scanned, hashed, packed, sealed and sent, every copy checked by the server's own SHA-256 before it counts, the catalogue sent too",
  missing: () => missingPrograms(program),
  prepare: ({ tree, work, store, host, port, user, key, knownHosts }) => {
    const ini = `[Archive]
directory = ${tree}
name = bench
[Tar]
ciphered = yes
[Repository]
type = sftp
[Sftp]
host = ${host}
port = ${port}
user = ${user}
key_file = ${key}
known_hosts = ${knownHosts}
dir = ${store}
`;
    writeFileSync(`${work}/bench.ini`, ini.replaceAll("%", "%%"));
    writeFileSync(`${work}/passphrase`, `${passphrase}\n`, { mode: 0o600 });
  },
  command: ({ work }) => ({
    script: `"$1" start bench.ini --json --progress none --no-input --password-file passphrase`,
    args: [program],
    cwd: work,
  }),
};

const rclone: Uploader = {
  name: "rclone copy",
  what: "the tree, sftp with crypt over it, four transfers at once (its default)",
  missing: () => missingPrograms("rclone"),
  command: ({ tree, work, store, host, port, user, key, knownHosts }) => {
    const obscured = spawnSync("rclone", ["obscure", passphrase], { encoding: "utf8" });
    return {
      script: `rclone --config "$1/rclone.conf" copy "$2" sealed:`,
      args: [work, tree],
      env: {
        RCLONE_CONFIG_SERVER_TYPE: "sftp",
        RCLONE_CONFIG_SERVER_HOST: host,
        RCLONE_CONFIG_SERVER_PORT: String(port),
        RCLONE_CONFIG_SERVER_USER: user,
        RCLONE_CONFIG_SERVER_KEY_FILE: key,
        RCLONE_CONFIG_SERVER_KNOWN_HOSTS_FILE: knownHosts,
        RCLONE_CONFIG_SEALED_TYPE: "crypt",
        RCLONE_CONFIG_SEALED_REMOTE: `server:${store}`,
        RCLONE_CONFIG_SEALED_PASSWORD: obscured.stdout.trim(),
      },
    };
  },
};

const restic: Uploader = {
  name: "restic backup",
  what: "the tree, `init` and `backup` to an sftp repository, without compression",
  missing: () => missingPrograms("restic"),
  command: ({ tree, work, store, host, port, user, key, knownHosts }) => ({
    script: `restic() { command restic --quiet --compression off --cache-dir "$1/cache" -o sftp.command="$2" "\${@:3}"; }
restic "$1" "$2" init && restic "$1" "$2" backup "$3"`,
    args: [
      work,
      `ssh -p ${port} -i ${key} -o UserKnownHostsFile=${knownHosts} ${user}@${host} -s sftp`,
      tree,
    ],
    env: { RESTIC_PASSWORD: passphrase, RESTIC_REPOSITORY: `sftp:${user}@${host}:${store}` },
  }),
};

/** In the order in which they take turns. */
export const uploaders: readonly Uploader[] = [
  openSsh,
  backend,
  unchecked,
  coldstow,
  rclone,
  restic,
];
