import { createHash } from "node:crypto";

import type { BodySource, ObjectKey } from "@coldstow/contracts";
import type { Stats } from "ssh2";

import type { Connection } from "./connection.ts";
import type { SftpDialect } from "./dialect.ts";
import { closeQuietly, readAhead } from "./read-object.ts";
import { serverSha256, type DigestTool } from "./server-digest.ts";

/** A partial file that a broken connection has left, and how much of it the server acknowledged. */
export interface BrokenUpload {
  readonly path: string;
  readonly acknowledgedBytes: number;
}

/**
 * The uploads that this backend saw break. Only one call goes on with each, and no other process
 * knows its partial file, so writers do not meet in it.
 */
export class BrokenUploads {
  readonly #uploads: Map<string, BrokenUpload> = new Map();

  #nameOf(key: ObjectKey, source: BodySource): string | undefined {
    if (source.digests.length === 0) return undefined;
    const digests = source.digests.map(({ algorithm, hex }) => `${algorithm}:${hex}`);
    return [key, source.sizeBytes, ...digests].join(" ");
  }

  /** Only a body that announces a digest can be known again; any other is forgotten. */
  add(key: ObjectKey, source: BodySource, upload: BrokenUpload): void {
    const name = this.#nameOf(key, source);
    if (name !== undefined && upload.acknowledgedBytes > 0) this.#uploads.set(name, upload);
  }

  take(key: ObjectKey, source: BodySource): BrokenUpload | undefined {
    const name = this.#nameOf(key, source);
    const found = name === undefined ? undefined : this.#uploads.get(name);
    if (name !== undefined) this.#uploads.delete(name);
    return found;
  }

  /** The partial files that nobody has gone on with. */
  paths(): readonly string[] {
    return [...this.#uploads.values()].map(({ path }) => path);
  }
}

/**
 * The SHA-256 of the bytes that the server holds of a broken upload: by its own command, or by
 * reading them back. Undefined if it holds fewer than it had acknowledged, as after a crash.
 */
export async function heldSha256(
  connection: Connection,
  dialect: SftpDialect,
  tool: DigestTool | undefined,
  { path, acknowledgedBytes }: BrokenUpload,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const stats = await connection.request<Stats>((sftp, done) => sftp.lstat(path, done));
  if (!stats.isFile() || stats.size < acknowledgedBytes) return undefined;
  if (tool !== undefined) return await serverSha256(connection, tool, path, acknowledgedBytes);
  const handle = await connection.request<Buffer>((sftp, done) => sftp.open(path, "r", done));
  try {
    const hash = createHash("sha256");
    const range = { start: 0, end: acknowledgedBytes };
    for await (const block of readAhead(connection, dialect, handle, path, range, signal)) {
      hash.update(block);
    }
    return hash.digest("hex");
  } finally {
    await closeQuietly(connection, handle);
  }
}
