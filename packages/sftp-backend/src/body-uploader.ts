import { createHash, type Hash } from "node:crypto";

import {
  checkedBody,
  ColdstowError,
  type BodySource,
  type CheckedBodyOptions,
  type ObjectKey,
  type PutOptions,
} from "@coldstow/contracts";
import type { Stats } from "ssh2";

import type { Connection } from "./connection.ts";
import type { SftpDialect } from "./dialect.ts";
import { isAbsence, sftpError } from "./errors.ts";
import { explainFailure } from "./full-disk.ts";
import { closeQuietly } from "./read-object.ts";
import type { RemoteFolder } from "./remote-folder.ts";
import { RemoteWriter } from "./remote-writer.ts";
import { serverSha256, type DigestTool } from "./server-digest.ts";

/** How often a folder that vanishes between its making and its first file is made again. */
const folderAttempts = 5;

/** One body on its way into one file. */
export interface Upload {
  readonly key: ObjectKey;
  readonly source: BodySource;
  readonly options: PutOptions;
  /** The file that is written: a partial file, or the object's own. */
  readonly path: string;
  /** What the server holds of it already, and will keep. */
  readonly resumes: { readonly bytes: number; readonly sha256: string } | undefined;
  /** Told how many bytes the server has acknowledged when the connection broke. */
  readonly onBroken?: (acknowledgedBytes: number) => void;
}

export interface Written {
  readonly stats: Stats;
  readonly sha256: string | undefined;
}

/** How a body is judged while it is read. */
export function bodyChecks(options: PutOptions): CheckedBodyOptions {
  const { signal } = options;
  return { createDigest: createHash, ...(signal === undefined ? {} : { signal }) };
}

/** Brings bodies into files of the server. */
export class BodyUploader {
  readonly #dialect: SftpDialect;
  readonly #folder: RemoteFolder;
  readonly #tool: DigestTool | undefined;

  constructor(dialect: SftpDialect, folder: RemoteFolder, tool: DigestTool | undefined) {
    this.#dialect = dialect;
    this.#folder = folder;
    this.#tool = tool;
  }

  async #open(connection: Connection, upload: Upload): Promise<Buffer> {
    const { key, path, resumes } = upload;
    const flags = resumes === undefined ? (this.#dialect.renames ? "wx" : "w") : "r+";
    for (let attempt = 1; ; attempt += 1) {
      await this.#folder.makeFor(connection, key);
      try {
        return await connection.request<Buffer>((sftp, done) => sftp.open(path, flags, done));
      } catch (error) {
        if (!isAbsence(error) || attempt === folderAttempts) {
          throw await this.#explained(connection, error, "beginning the object", path, 0);
        }
        this.#folder.forget();
      }
    }
  }

  async #explained(
    connection: Connection,
    error: unknown,
    doing: string,
    path: string,
    bytes: number,
  ): Promise<ColdstowError> {
    return await explainFailure(connection, this.#folder.path, error, doing, path, bytes);
  }

  /** Writes the body, makes it durable where the server can, and checks what the server holds. */
  async write(connection: Connection, upload: Upload, began?: () => void): Promise<Written> {
    const { source, path, options } = upload;
    const handle = await this.#open(connection, upload);
    began?.();
    const start = upload.resumes?.bytes ?? 0;
    const writer = new RemoteWriter(
      connection,
      handle,
      start,
      this.#dialect.requestsInFlight,
      options.signal,
    );
    let closed = false;
    let sha256: string | undefined;
    try {
      sha256 = await this.#send(writer, upload);
      const bytes = writer.windowBytes;
      try {
        await writer.finish();
        if (connection.offers("fsync@openssh.com")) {
          await connection.request((sftp, done) => sftp.ext_openssh_fsync(handle, done));
        }
        closed = true;
        await connection.request((sftp, done) => sftp.close(handle, done));
      } catch (error) {
        throw await this.#explained(connection, error, "writing the object", path, bytes);
      }
      return await this.#verified(connection, path, source, sha256);
    } catch (error) {
      const told = await this.#explained(
        connection,
        error,
        "writing the object",
        path,
        writer.windowBytes,
      );
      await writer.abandon();
      if (!closed) await closeQuietly(connection, handle);
      if (connection.broken) upload.onBroken?.(writer.acknowledged);
      throw told;
    }
  }

  /** @returns the SHA-256 of the body, where it is needed */
  async #send(writer: RemoteWriter, upload: Upload): Promise<string | undefined> {
    const { source, options, resumes } = upload;
    const announced = source.digests.find(({ algorithm }) => algorithm === "sha256")?.hex;
    const whole =
      this.#tool !== undefined && announced === undefined ? createHash("sha256") : undefined;
    let prefix: Hash | undefined = resumes === undefined ? undefined : createHash("sha256");
    const start = resumes?.bytes ?? 0;
    let seen = 0;
    for await (const chunk of checkedBody(source, bodyChecks(options))) {
      whole?.update(chunk);
      const known = chunk.subarray(0, Math.max(0, Math.min(chunk.length, start - seen)));
      prefix?.update(known);
      seen += chunk.length;
      if (prefix !== undefined && seen >= start) {
        if (prefix.digest("hex") !== resumes?.sha256) throw this.#notThis(upload);
        prefix = undefined;
      }
      if (known.length === chunk.length) continue;
      await writer.add(chunk.subarray(known.length));
      options.onProgress?.(seen);
    }
    return announced ?? whole?.digest("hex");
  }

  #notThis({ path, key }: Upload): ColdstowError {
    return new ColdstowError(
      "E_FIXITY",
      `the server holds other bytes of the broken upload of ${key} than were sent; it was discarded`,
      { subject: path, hint: "Run the command again; it is sent from the start." },
    );
  }

  async #verified(
    connection: Connection,
    path: string,
    source: BodySource,
    sha256: string | undefined,
  ): Promise<Written> {
    const stats = await connection
      .request<Stats>((sftp, done) => sftp.lstat(path, done))
      .catch((error: unknown) => {
        throw sftpError(error, "looking at what was written", path);
      });
    const different = (what: string): ColdstowError =>
      new ColdstowError("E_FIXITY", `the server holds ${what} of what was written`, {
        subject: path,
        hint: "Look at the server's disk and memory; nothing was stored under that name.",
      });
    if (stats.size !== source.sizeBytes) {
      throw different(`${stats.size} instead of ${source.sizeBytes} bytes`);
    }
    if (this.#tool === undefined) return { stats, sha256: undefined };
    const held = await serverSha256(connection, this.#tool, path);
    if (held !== sha256) throw different(`other bytes (SHA-256 ${held}, not ${sha256})`);
    return { stats, sha256: held };
  }
}
