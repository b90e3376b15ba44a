import { createHash } from "node:crypto";

import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import {
  ColdstowError,
  describeError,
  isColdstowError,
  throwIfCancelled,
  type BodySource,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
} from "@coldstow/contracts";

import { bodyDigests, type BodyDigests, type PartDigests } from "./body-digests.ts";
import { abortUpload, uploadedParts } from "./multipart-uploads.ts";
import { requestBody } from "./request-body.ts";
import type { Call, S3Session } from "./session.ts";
import { signPayload } from "./signed-payload.ts";
import type { UploadRecords } from "./upload-records.ts";

const mostParts = 10_000;

/** Where parts begin and end; they grow with a body that would have too many. */
export function partBytesFor(configured: number, sizeBytes: number): number {
  return Math.max(configured, Math.ceil(sizeBytes / mostParts));
}

/** The ETag of an object in parts: the MD5 of its parts' MD5s, and how many they are. */
function etagOfParts(parts: readonly PartDigests[]): string {
  const sum = createHash("md5");
  for (const { md5 } of parts) sum.update(Buffer.from(md5, "hex"));
  return `${sum.digest("hex")}-${parts.length}`;
}

function plain(etag: string | undefined): string {
  return (etag ?? "").replaceAll('"', "").toLowerCase();
}

/** One body on its way in parts. */
class MultipartPut {
  readonly #session: S3Session;
  readonly #records: UploadRecords;
  readonly #key: ObjectKey;
  readonly #source: BodySource;
  readonly #options: PutOptions;
  readonly #digests: BodyDigests;
  readonly #partBytes: number;
  readonly #call: Call;
  /** The store has no such upload any more, or has completed it. */
  gone = false;

  constructor(
    session: S3Session,
    records: UploadRecords,
    key: ObjectKey,
    source: BodySource,
    options: PutOptions,
    digests: BodyDigests,
    partBytes: number,
  ) {
    this.#session = session;
    this.#records = records;
    this.#key = key;
    this.#source = source;
    this.#options = options;
    this.#digests = digests;
    this.#partBytes = partBytes;
    this.#call = { doing: `storing ${key}`, key, signal: options.signal };
  }

  /** The upload to go on with and how many of its parts are there, or a new one. */
  async begin(): Promise<{ readonly uploadId: string; readonly done: number }> {
    const record = await this.#records.find(this.#key);
    if (record !== undefined) {
      const same =
        record.sha256 === this.#digests.sha256 &&
        record.sizeBytes === this.#source.sizeBytes &&
        record.partBytes === this.#partBytes;
      const there = same
        ? await uploadedParts(this.#session, this.#key, record.uploadId)
        : undefined;
      if (there !== undefined) {
        const whole = this.#digests.parts.findIndex(({ md5 }, part) => plain(there[part]) !== md5);
        return {
          uploadId: record.uploadId,
          done: whole === -1 ? this.#digests.parts.length : whole,
        };
      }
      if (!same) await abortUpload(this.#session, this.#key, record.uploadId);
      await this.#records.forget(this.#key);
    }
    return { uploadId: await this.#create(), done: 0 };
  }

  async send(uploadId: string, done: number): Promise<void> {
    let sentBytes = done * this.#partBytes;
    if (done > 0) this.#options.onProgress?.(Math.min(sentBytes, this.#source.sizeBytes));
    for (const [index, part] of this.#digests.parts.entries()) {
      if (index < done) continue;
      throwIfCancelled(this.#options.signal);
      await this.#sendPart(uploadId, index, part, (bytes) => {
        sentBytes += bytes;
        this.#options.onProgress?.(sentBytes);
      });
    }
  }

  async complete(uploadId: string, conditional: boolean): Promise<void> {
    throwIfCancelled(this.#options.signal);
    const etag = etagOfParts(this.#digests.parts);
    const command = new CompleteMultipartUploadCommand({
      ...this.#session.object(this.#key),
      UploadId: uploadId,
      MultipartUpload: {
        Parts: this.#digests.parts.map(({ md5 }, part) => ({
          PartNumber: part + 1,
          ETag: `"${md5}"`,
        })),
      },
      ...(conditional ? { IfNoneMatch: "*" } : {}),
    });
    // Once it is asked for, it is done or not: cancelling could not tell which.
    const call = { doing: this.#call.doing, key: this.#key, conditional };
    const told = await this.#session
      .request(call, (options) => this.#session.client.send(command, options))
      .catch((error: unknown) => this.#failed(error));
    const theirs = plain(told.ETag);
    if (!/^[0-9a-f]{32}-\d+$/.test(theirs) || theirs === etag) return;
    throw new ColdstowError(
      "E_FIXITY",
      `the store put ${this.#key} together as ${theirs}, and what was sent is ${etag}`,
      { subject: this.#key, hint: "The object there is damaged: store it again." },
    );
  }

  /** True where the object there is this body: an earlier answer may have been lost. */
  async isDone(): Promise<boolean> {
    const command = new HeadObjectCommand(this.#session.object(this.#key));
    try {
      const told = await this.#session.head(this.#call, (options) =>
        this.#session.client.send(command, options),
      );
      return (
        told.ContentLength === this.#source.sizeBytes &&
        plain(told.ETag) === etagOfParts(this.#digests.parts)
      );
    } catch (error) {
      if (isColdstowError(error) && error.code === "E_NOT_FOUND") return false;
      throw error;
    }
  }

  async #create(): Promise<string> {
    const { storageClass } = this.#session.config;
    const command = new CreateMultipartUploadCommand({
      ...this.#session.object(this.#key),
      ContentType: "application/octet-stream",
      ...(storageClass === undefined ? {} : { StorageClass: storageClass as "GLACIER" }),
    });
    const told = await this.#session.request(this.#call, (options) =>
      this.#session.client.send(command, options),
    );
    const uploadId = told.UploadId ?? "";
    const { sizeBytes } = this.#source;
    const { sha256 } = this.#digests;
    try {
      await this.#records.keep(this.#key, {
        uploadId,
        sizeBytes,
        partBytes: this.#partBytes,
        sha256,
      });
    } catch (error) {
      await abortUpload(this.#session, this.#key, uploadId);
      throw error;
    }
    return uploadId;
  }

  #failed(error: unknown): never {
    this.gone = isColdstowError(error) && error.code === "E_NOT_FOUND";
    throw error;
  }

  async #sendPart(
    uploadId: string,
    index: number,
    part: PartDigests,
    onSent: (bytes: number) => void,
  ): Promise<void> {
    const guard = this.#session.guard(this.#call);
    const body = requestBody(stretchOf(this.#source, index * this.#partBytes, part), guard, onSent);
    const command = new UploadPartCommand({
      ...this.#session.object(this.#key),
      UploadId: uploadId,
      PartNumber: index + 1,
      Body: body,
      ContentLength: part.sizeBytes,
      ContentMD5: Buffer.from(part.md5, "hex").toString("base64"),
    });
    signPayload(command, part.sha256);
    try {
      await this.#session.request(
        this.#call,
        (options) => this.#session.client.send(command, options),
        guard,
      );
    } catch (error) {
      // What the source throws says nothing of the upload.
      if (guard.failure !== undefined) throw error;
      this.#failed(error);
    } finally {
      guard.end();
      body.destroy();
    }
  }
}

/** One part of a body as a body of its own. */
function stretchOf(source: BodySource, start: number, part: PartDigests): BodySource {
  return {
    sizeBytes: part.sizeBytes,
    digests: [{ algorithm: "sha256", hex: part.sha256 }],
    async *open(offset) {
      let left = part.sizeBytes - offset;
      if (left === 0) return;
      for await (const chunk of source.open(start + offset)) {
        yield chunk.subarray(0, left);
        left -= Math.min(left, chunk.length);
        if (left === 0) return;
      }
    },
  };
}

/** True for a failure after which the same put is not tried again, so that its parts only cost. */
function isFinal(error: unknown): boolean {
  const { code, retry } = describeError(error);
  return retry === "never" || code === "E_LENGTH";
}

/**
 * Stores a body in parts, one after the other. The parts of a put that failed stay where trying again
 * helps, and the next put of the same body goes on after them, in this process or a later one. The
 * body is read twice: a part is sent with its digest, and the whole is checked before any is sent.
 * @throws {E_LENGTH | E_FIXITY} before anything is visible, if the source does not keep its word
 */
export async function putMultipart(
  session: S3Session,
  records: UploadRecords,
  key: ObjectKey,
  source: BodySource,
  options: PutOptions,
  conditional: boolean,
): Promise<ObjectInfo> {
  const partBytes = partBytesFor(session.config.partBytes, source.sizeBytes);
  const digests = await bodyDigests(source, partBytes, options.signal);
  const put = new MultipartPut(session, records, key, source, options, digests, partBytes);
  const { uploadId, done } = await put.begin();
  try {
    await put.send(uploadId, done);
    await put.complete(uploadId, conditional);
  } catch (error) {
    if (!(put.gone && (await put.isDone()))) {
      if (!put.gone && !isFinal(error)) throw error;
      if (!put.gone) await abortUpload(session, key, uploadId).catch(() => undefined);
      await records.forget(key);
      throw put.gone ? lost(key) : error;
    }
  }
  await records.forget(key);
  return { key, sizeBytes: source.sizeBytes };
}

function lost(key: ObjectKey): ColdstowError {
  return new ColdstowError("E_TEMPORARY", `the store has dropped the upload of ${key}`, {
    subject: key,
    hint: "Try again: it begins anew.",
  });
}
