import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { errnoOf } from "@coldstow/contracts";

import { storedName, type S3Config } from "./config.ts";

/** An upload that was begun, and which body it is of. */
export interface UploadRecord {
  readonly uploadId: string;
  readonly sizeBytes: number;
  readonly partBytes: number;
  readonly sha256: string;
}

function isRecord(value: unknown): value is UploadRecord {
  const record = value as Partial<UploadRecord> | null;
  return (
    typeof record?.uploadId === "string" &&
    typeof record.sizeBytes === "number" &&
    typeof record.partBytes === "number" &&
    typeof record.sha256 === "string"
  );
}

/**
 * Remembers begun uploads in small files of the state directory, one for each object, so that a later
 * process goes on with them. A file that cannot be read counts as none: the upload begins anew.
 */
export class UploadRecords {
  readonly #folder: string;
  readonly #config: S3Config;

  constructor(stateDirectory: string, config: S3Config) {
    this.#folder = join(stateDirectory, "s3-uploads");
    this.#config = config;
  }

  async find(key: string): Promise<UploadRecord | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path(key), "utf8");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
    try {
      const record: unknown = JSON.parse(text);
      return isRecord(record) ? record : undefined;
    } catch {
      return undefined;
    }
  }

  async keep(key: string, record: UploadRecord): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = this.#path(key);
    const temporary = `${path}.${randomBytes(6).toString("hex")}.partial`;
    await writeFile(temporary, JSON.stringify(record), { flush: true });
    await rename(temporary, path);
  }

  async forget(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  #path(key: string): string {
    const { endpoint = "", region, bucket } = this.#config;
    const place = [endpoint, region, bucket, storedName(this.#config, key)].join("\n");
    return join(this.#folder, `${createHash("sha256").update(place).digest("hex")}.json`);
  }
}
