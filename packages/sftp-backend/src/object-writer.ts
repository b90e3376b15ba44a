import {
  checkedBody,
  throwIfCancelled,
  type BodySource,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
} from "@coldstow/contracts";

import { bodyChecks, BodyUploader } from "./body-uploader.ts";
import { BrokenUploads, heldSha256, type BrokenUpload } from "./broken-uploads.ts";
import type { SftpConfig } from "./config.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { Connection } from "./connection.ts";
import { inTheWay, isAbsence, isBroken, sftpError } from "./errors.ts";
import { objectInfo } from "./object-info.ts";
import { newPartialPath, sweepStalePartials } from "./partial-file.ts";
import { placeObject } from "./place-object.ts";
import type { RemoteFolder } from "./remote-folder.ts";
import type { DigestTool } from "./server-digest.ts";

/** Everything that changes a destination's folder goes through here. */
export class ObjectWriter {
  readonly #config: SftpConfig;
  readonly #pool: ConnectionPool;
  readonly #folder: RemoteFolder;
  readonly #tool: DigestTool | undefined;
  readonly #uploader: BodyUploader;
  readonly #broken: BrokenUploads = new BrokenUploads();
  #swept: Promise<void> | undefined;

  constructor(
    config: SftpConfig,
    pool: ConnectionPool,
    folder: RemoteFolder,
    tool: DigestTool | undefined,
  ) {
    this.#config = config;
    this.#pool = pool;
    this.#folder = folder;
    this.#tool = tool;
    this.#uploader = new BodyUploader(config.dialect, folder, tool);
  }

  async put(key: ObjectKey, source: BodySource, options: PutOptions): Promise<ObjectInfo> {
    throwIfCancelled(options.signal);
    return await this.#pool.use(async (connection) => {
      const found = await this.#folder.find(connection, key);
      const taken =
        found.kind === "directory" || (found.kind === "file" && options.ifAbsent === true);
      if (taken) throw inTheWay(this.#folder.pathOf(key));
      if (!this.#config.dialect.renames) {
        return await this.#putInPlace(connection, key, source, options, found.kind === "file");
      }
      this.#swept ??= sweepStalePartials(connection, this.#folder, Date.now() / 1000);
      await this.#swept;
      return await this.#putAndRename(connection, key, source, options);
    });
  }

  async #putAndRename(
    connection: Connection,
    key: ObjectKey,
    source: BodySource,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    const path = this.#folder.pathOf(key);
    const broken = this.#broken.take(key, source);
    const sha256 = broken === undefined ? undefined : await this.#held(connection, broken, options);
    const resumes =
      broken === undefined || sha256 === undefined
        ? undefined
        : { bytes: broken.acknowledgedBytes, sha256 };
    const partial =
      broken !== undefined && resumes !== undefined ? broken.path : newPartialPath(path);
    const onBroken = (acknowledgedBytes: number): void => {
      if (!this.#config.dialect.writesAnywhere) return;
      this.#broken.add(key, source, { path: partial, acknowledgedBytes });
    };
    try {
      const upload = { key, source, options, path: partial, resumes, onBroken };
      const { stats, sha256: digest } = await this.#uploader.write(connection, upload);
      throwIfCancelled(options.signal);
      await placeObject(connection, partial, path, options.ifAbsent === true);
      return objectInfo(key, stats, digest);
    } catch (error) {
      // A source may end with the same codes as a line that broke; only the line's partial file is gone on with.
      if (!connection.broken) {
        await connection.request((sftp, done) => sftp.unlink(partial, done)).catch(() => undefined);
      }
      throw error;
    }
  }

  /** What the server holds of a broken upload; nothing that can be used is no error. */
  async #held(
    connection: Connection,
    broken: BrokenUpload,
    options: PutOptions,
  ): Promise<string | undefined> {
    try {
      const { dialect } = this.#config;
      return await heldSha256(connection, dialect, this.#tool, broken, options.signal);
    } catch (error) {
      throwIfCancelled(options.signal);
      if (isBroken(error)) throw error;
      return undefined;
    }
  }

  async #putInPlace(
    connection: Connection,
    key: ObjectKey,
    source: BodySource,
    options: PutOptions,
    replaces: boolean,
  ): Promise<ObjectInfo> {
    const path = this.#folder.pathOf(key);
    if (replaces) {
      // The old object ends with the first byte of the new one, so the body proves itself before.
      for await (const chunk of checkedBody(source, bodyChecks(options))) void chunk;
    }
    let began = false;
    try {
      const upload = { key, source, options, path, resumes: undefined };
      const { stats, sha256 } = await this.#uploader.write(connection, upload, () => {
        began = true;
      });
      return objectInfo(key, stats, sha256);
    } catch (error) {
      if (began) await this.#removeHalf(connection, path);
      throw error;
    }
  }

  async #removeHalf(connection: Connection, path: string): Promise<void> {
    const remove = async (over: Connection): Promise<void> =>
      await over.request((sftp, done) => sftp.unlink(path, done));
    const work = connection.broken ? this.#pool.use(remove) : remove(connection);
    // What cannot be removed now is half an object, which its size and digest tell.
    await work.catch(() => undefined);
  }

  /** Removes an object, and the folders that it leaves empty. */
  async remove(key: ObjectKey): Promise<void> {
    const path = this.#folder.pathOf(key);
    await this.#pool.use(async (connection) => {
      const found = await this.#folder.find(connection, key);
      if (found.kind !== "file") return;
      try {
        await connection.request((sftp, done) => sftp.unlink(path, done));
      } catch (error) {
        if (!isAbsence(error)) throw sftpError(error, "deleting the object", path);
      }
      await this.#folder.removeEmpty(connection, key);
    });
  }

  /** Removes what broken uploads have left and nobody has gone on with. */
  async discardBroken(): Promise<void> {
    const paths = this.#broken.paths();
    if (paths.length === 0) return;
    await this.#pool
      .use((connection) =>
        Promise.allSettled(
          paths.map((path) => connection.request((sftp, done) => sftp.unlink(path, done))),
        ),
      )
      .catch(() => undefined);
  }
}
