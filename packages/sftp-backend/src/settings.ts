import type { SettingSpec } from "@coldstow/contracts";

/** The settings of the section `[Sftp]`. */
export const settings: readonly SettingSpec[] = [
  { name: "host", description: "The server's name or address.", required: true, inUrl: "host" },
  { name: "port", description: "The port of its SSH service.", default: "22", inUrl: "port" },
  { name: "user", description: "The user to log in as.", required: true, inUrl: "user" },
  {
    name: "dir",
    description:
      "The folder on the server that holds the archive; a relative one starts at the login folder.",
    required: true,
    inUrl: "path",
  },
  {
    name: "create",
    description:
      "yes: the first write makes the folder. no: it must be there already; say so for a disk that is not always mounted.",
    default: "yes",
  },
  { name: "password", description: "The user's password.", secret: true },
  { name: "key_file", description: "A private key, in OpenSSH's format or PEM." },
  { name: "key_passphrase", description: "The passphrase of an encrypted key_file.", secret: true },
  {
    name: "agent",
    description:
      "yes, no, or the socket of an SSH agent. Without it the agent of SSH_AUTH_SOCK is asked where neither password nor key_file is given.",
  },
  {
    name: "known_hosts",
    description:
      "A file of known host keys, which is only read; no for none. A key that is new is remembered elsewhere.",
    default: "~/.ssh/known_hosts",
  },
  {
    name: "host_key",
    description: "The only host key to accept, as SHA256:…; every other ends the connection.",
  },
  { name: "connections", description: "Connections at once.", default: "4" },
  { name: "connect_timeout", description: "Seconds to connect and log in.", default: "30" },
  {
    name: "stall_timeout",
    description: "Seconds without any progress after which a connection counts as dead.",
    default: "60",
  },
  {
    name: "server_digest",
    description:
      "auto: where the server runs commands, it computes the SHA-256 of what it stores (sha256sum). no: never.",
    default: "auto",
  },
  {
    name: "dialect",
    description:
      "openssh: files get a temporary name and are renamed, as any full SFTP server allows. gateway: they are written at once under their own, for gateways that cannot rename. auto: gateway for OVH's, else openssh.",
    default: "auto",
  },
  { name: "tariff", description: "The name of a price list that fits this place." },
];
