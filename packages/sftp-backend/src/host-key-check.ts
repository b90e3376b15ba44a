import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";

import { ColdstowError, errnoOf, fromSystemError, type BackendContext } from "@coldstow/contracts";

import type { SftpConfig } from "./config.ts";
import {
  fingerprintOf,
  hostLabel,
  keyTypeOf,
  knownKeys,
  type KnownHostKey,
} from "./known-hosts.ts";

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw fromSystemError(error, "reading the known host keys", path);
  }
}

/** Knows which host keys to accept: those of known_hosts files, and those pinned when first seen. */
export class HostKeyCheck {
  readonly #config: SftpConfig;
  readonly #context: BackendContext;
  readonly #label: string;
  readonly #pinsPath: string;

  constructor(config: SftpConfig, context: BackendContext) {
    this.#config = config;
    this.#context = context;
    this.#label = hostLabel(config.host, config.port);
    this.#pinsPath = join(context.stateDirectory, "sftp_known_hosts");
  }

  async #pinned(): Promise<KnownHostKey | undefined> {
    // Of two processes that pinned at the same moment, the first counts for both.
    return knownKeys(await readIfThere(this.#pinsPath), this.#label)[0];
  }

  async #known(): Promise<readonly KnownHostKey[]> {
    const texts = await Promise.all(this.#config.knownHostsFiles.map(readIfThere));
    const known = texts.flatMap((text) => knownKeys(text, this.#label));
    const pinned = await this.#pinned();
    return pinned === undefined ? known : [...known, pinned];
  }

  /** The kinds of keys that are known of this host, so that it is asked for those first. */
  async knownTypes(): Promise<readonly string[]> {
    const known = await this.#known();
    return known.filter(({ marker }) => marker === undefined).map(({ type }) => type);
  }

  #refused(message: string, hint?: string): ColdstowError {
    return new ColdstowError("E_HOST_KEY", `${message}; nothing was sent to it`, {
      subject: this.#label,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /**
   * Ends normally if the server may be trusted.
   * @throws {E_HOST_KEY} if it shows another key than the one known, or a revoked one
   */
  async check(blob: Buffer): Promise<void> {
    const shown = fingerprintOf(blob);
    const known = await this.#known();
    const same = known.filter((one) => one.blob.equals(blob));
    if (same.some(({ marker }) => marker === "revoked")) {
      throw this.#refused(`${this.#label} shows the host key ${shown}, which was revoked`);
    }
    const { hostKey } = this.#config;
    if (hostKey !== undefined) {
      if (hostKey === shown) return;
      throw this.#refused(
        `${this.#label} shows the host key ${shown}, but the setting host_key demands ${hostKey}`,
      );
    }
    const trusted = known.filter(({ marker }) => marker === undefined);
    if (trusted.some((one) => one.blob.equals(blob))) return;
    if (trusted.length > 0) throw this.#changed(shown, trusted);
    await this.#pin(blob);
  }

  #changed(shown: string, trusted: readonly KnownHostKey[]): ColdstowError {
    const expected = [...new Set(trusted.map((one) => fingerprintOf(one.blob)))].join(" or ");
    return this.#refused(
      `${this.#label} shows the host key ${shown}, but ${expected} is known of it`,
      `Someone may be listening in. Only if its administrator explains the change, remove the old key from ${[...this.#config.knownHostsFiles, this.#pinsPath].join(" or ")}.`,
    );
  }

  async #pin(blob: Buffer): Promise<void> {
    const line = `${this.#label} ${keyTypeOf(blob)} ${blob.toString("base64")}\n`;
    try {
      await mkdir(this.#context.stateDirectory, { recursive: true, mode: 0o700 });
      const torn = /[^\n]$/.test(await readIfThere(this.#pinsPath));
      // Lines are only ever appended, each by one write, so that processes do not lose each other's.
      const file = await open(this.#pinsPath, "a", 0o600);
      try {
        await file.write(torn ? `\n${line}` : line);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw fromSystemError(error, "remembering the host key", this.#pinsPath);
    }
    const pinned = await this.#pinned();
    if (pinned !== undefined && !pinned.blob.equals(blob)) {
      throw this.#changed(fingerprintOf(blob), [pinned]);
    }
    this.#context.progress({
      type: "warning",
      message: `${this.#label} was not known; its ${keyTypeOf(blob)} host key ${fingerprintOf(blob)} is remembered from now on. Compare it with what the server's administrator publishes, or with \`ssh-keygen -l -f\` of the server's own /etc/ssh/ssh_host_*_key.pub.`,
    });
  }
}
