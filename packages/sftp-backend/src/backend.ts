import {
  ColdstowError,
  objectKey,
  throwIfCancelled,
  type BackendContext,
  type BodySource,
  type Capabilities,
  type GetOptions,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
  type StorageBackend,
} from "@coldstow/contracts";

import type { SftpConfig } from "./config.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { HostKeyCheck } from "./host-key-check.ts";
import { listObjects } from "./list-objects.ts";
import { objectInfo } from "./object-info.ts";
import { ObjectWriter } from "./object-writer.ts";
import { readObject } from "./read-object.ts";
import { RemoteFolder } from "./remote-folder.ts";
import { findDigestTool, serverSha256, type DigestTool } from "./server-digest.ts";

class SftpBackend implements StorageBackend {
  readonly capabilities: Capabilities;
  readonly tariff?: string;
  readonly #config: SftpConfig;
  readonly #pool: ConnectionPool;
  readonly #folder: RemoteFolder;
  readonly #tool: DigestTool | undefined;
  readonly #writer: ObjectWriter;
  #closing: Promise<void> | undefined;

  constructor(
    config: SftpConfig,
    pool: ConnectionPool,
    folder: RemoteFolder,
    capabilities: Capabilities,
    tool: DigestTool | undefined,
  ) {
    this.capabilities = capabilities;
    if (config.tariff !== undefined) this.tariff = config.tariff;
    this.#config = config;
    this.#pool = pool;
    this.#folder = folder;
    this.#tool = tool;
    this.#writer = new ObjectWriter(config, pool, folder, tool);
  }

  async put(key: ObjectKey, source: BodySource, options: PutOptions = {}): Promise<ObjectInfo> {
    const checked = objectKey(key);
    const { maxObjectBytes } = this.capabilities;
    if (source.sizeBytes > maxObjectBytes) {
      throw new ColdstowError(
        "E_UNSUPPORTED",
        `${checked} has ${source.sizeBytes} bytes; ${maxObjectBytes} are the most that fit here`,
        { subject: checked },
      );
    }
    return await this.#writer.put(checked, source, options);
  }

  async *get(
    key: ObjectKey,
    options: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const checked = objectKey(key);
    const { range, signal } = options;
    throwIfCancelled(signal);
    if (range !== undefined && !(range.start >= 0 && range.end >= range.start)) {
      throw new ColdstowError("E_USAGE", `${range.start} to ${range.end} is not a range of bytes`);
    }
    const connection = await this.#pool.take();
    try {
      yield* readObject(connection, this.#config.dialect, this.#folder, checked, options);
    } finally {
      connection.users -= 1;
    }
  }

  async stat(key: ObjectKey): Promise<ObjectInfo | undefined> {
    const checked = objectKey(key);
    return await this.#pool.use(async (connection) => {
      const found = await this.#folder.find(connection, checked);
      if (found.kind !== "file") return undefined;
      if (this.#tool === undefined) return objectInfo(checked, found.stats);
      const path = this.#folder.pathOf(checked);
      return objectInfo(checked, found.stats, await serverSha256(connection, this.#tool, path));
    });
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    const connection = await this.#pool.take();
    try {
      yield* listObjects(connection, this.#folder, prefix);
    } finally {
      connection.users -= 1;
    }
  }

  async delete(key: ObjectKey): Promise<void> {
    await this.#writer.remove(objectKey(key));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writer.discardBroken();
    await this.#pool.close();
  }
}

/**
 * Connects to an SFTP server and makes a folder of it a destination: docs/formats/destination.md,
 * section 3. What it can do is found out here; nothing is created or changed.
 * @throws {E_HOST_KEY | E_AUTH | E_CONFIG | E_NO_CONTAINER | E_TIMEOUT | E_TEMPORARY}
 */
export async function sftpBackend(
  config: SftpConfig,
  context: BackendContext,
): Promise<StorageBackend> {
  throwIfCancelled(context.signal);
  const pool = new ConnectionPool(config, new HostKeyCheck(config, context));
  try {
    return await pool.use(async (connection) => {
      const { dialect } = config;
      const folder = await RemoteFolder.locate(connection, config);
      const there = await folder.exists(connection);
      const tool =
        config.serverDigest && dialect.commands
          ? await findDigestTool(connection, there ? folder.path : "/")
          : undefined;
      const capabilities: Capabilities = {
        atomicPut: dialect.renames && connection.offers("posix-rename@openssh.com"),
        conditionalPut: dialect.renames && connection.offers("hardlink@openssh.com"),
        rangeRead: true,
        resumeUpload: dialect.renames && dialect.writesAnywhere,
        serverDigest: tool === undefined ? undefined : "sha256",
        maxObjectBytes: dialect.maxObjectBytes,
        maxConcurrent: config.connections,
        freeRead: true,
      };
      return new SftpBackend(config, pool, folder, capabilities, tool);
    });
  } catch (error) {
    await pool.close();
    throw error;
  }
}
