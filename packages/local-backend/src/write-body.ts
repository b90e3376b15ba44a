import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

import { checkedBody, type BodySource, type PutOptions } from "@coldstow/contracts";

import { localError } from "./errors.ts";

const bufferBytes = 256 * 1024;

/** Gathers small chunks, so that a source of single bytes does not cost a system call for each. */
class FileAppender {
  readonly #file: FileHandle;
  readonly #buffer: Uint8Array = Buffer.allocUnsafeSlow(bufferBytes);
  #used = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async add(chunk: Uint8Array): Promise<void> {
    if (this.#used + chunk.length > bufferBytes) await this.flush();
    if (chunk.length >= bufferBytes) {
      await this.#write(chunk);
      return;
    }
    this.#buffer.set(chunk, this.#used);
    this.#used += chunk.length;
  }

  async flush(): Promise<void> {
    await this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at);
      at += bytesWritten;
    }
  }
}

/**
 * Writes a body to a new, open file, makes its bytes durable and closes it, also when it throws; the
 * file may then be there in part. Errors of the source pass as they are.
 * @throws {E_LENGTH | E_FIXITY} if the source did not keep its word
 * @throws {E_NO_SPACE | E_READ_ONLY | E_PERMISSION | E_IO | E_CANCELLED}
 */
export async function writeBody(
  file: FileHandle,
  path: string,
  source: BodySource,
  options: PutOptions,
): Promise<void> {
  const onDisk = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      throw localError(error, "writing the object", path);
    }
  };
  try {
    const appender = new FileAppender(file);
    let sentBytes = 0;
    const { signal } = options;
    const checks = { createDigest: createHash, ...(signal === undefined ? {} : { signal }) };
    for await (const chunk of checkedBody(source, checks)) {
      await onDisk(appender.add(chunk));
      sentBytes += chunk.length;
      options.onProgress?.(sentBytes);
    }
    await onDisk(appender.flush());
    await onDisk(file.sync());
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
  // Some network file systems report a full disk only here.
  await onDisk(file.close());
}
