import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

export interface StoredBody {
  readonly path: string;
  readonly sizeBytes: number;
  readonly md5: string;
  readonly sha256: string;
  readonly crc32: string;
}

/** A copy that can be read for a while, or will be. */
export interface RestoredCopy {
  readyAt: number;
  until: number;
}

export interface StoredObject {
  readonly body: StoredBody;
  readonly etag: string;
  /** Told by HEAD where it was put with one. */
  readonly checksumSha256: string | undefined;
  readonly storageClass: string;
  readonly modifiedAt: number;
  restored: RestoredCopy | undefined;
}

export interface Upload {
  readonly name: string;
  readonly storageClass: string;
  readonly begunAt: number;
  readonly parts: Map<number, StoredBody>;
}

export interface StoredBucket {
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, Upload>;
}

/** The clock of a double, which only the test moves. Milliseconds since 1970. */
export class DoubleClock {
  #offset: number;

  constructor(now: number = Date.now()) {
    this.#offset = now - Date.now();
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}

/** Receives a body to a file and takes its digests on the way. */
export async function receive(body: Readable, folder: string): Promise<StoredBody> {
  const path = join(folder, randomBytes(12).toString("hex"));
  const md5 = createHash("md5");
  const sha256 = createHash("sha256");
  let crc = 0;
  let sizeBytes = 0;
  const temporary = `${path}.partial`;
  try {
    await pipeline(
      body,
      async function* observe(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          md5.update(chunk);
          sha256.update(chunk);
          crc = crc32(chunk, crc);
          sizeBytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(temporary),
    );
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc);
  return {
    path,
    sizeBytes,
    md5: md5.digest("hex"),
    sha256: sha256.digest("hex"),
    crc32: sum.toString("base64"),
  };
}

/** `frozen`, `thawing` or `ready`, as the clock has it; a copy whose time is over is gone. */
export function stateOf(object: StoredObject, now: number): "ready" | "frozen" | "thawing" {
  if (!["GLACIER", "DEEP_ARCHIVE"].includes(object.storageClass)) return "ready";
  const { restored } = object;
  if (restored === undefined || now >= restored.until) return "frozen";
  return now >= restored.readyAt ? "ready" : "thawing";
}
