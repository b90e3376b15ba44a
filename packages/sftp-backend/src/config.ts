import type { SftpDialect } from "./dialect.ts";

/** What an SFTP destination is told. */
export interface SftpConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The folder that holds the objects; a relative one starts at the login folder. */
  readonly directory: string;
  /** Whether the first write makes a folder that is missing. */
  readonly create: boolean;
  readonly password?: string;
  /** A private key in OpenSSH's or a PEM format. */
  readonly keyFile?: string;
  readonly keyPassphrase?: string;
  /** The socket of an SSH agent. */
  readonly agent?: string;
  /** Files of known host keys, which are only read. */
  readonly knownHostsFiles: readonly string[];
  /** The only host key that is accepted: `SHA256:…`. */
  readonly hostKey?: string;
  /** Most connections at once. */
  readonly connections: number;
  /** Longest time to connect and log in, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Longest time in which nothing at all arrives or leaves while an answer is due, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** Whether the server is asked to compute digests, where it lets commands run. */
  readonly serverDigest: boolean;
  /** The name of the price list that fits this place. */
  readonly tariff?: string;
  readonly dialect: SftpDialect;
}
