import { DeleteObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import {
  ColdstowError,
  isColdstowError,
  objectKey,
  recoveryNoteKey,
  throwIfCancelled,
  type BackendContext,
  type BodySource,
  type Capabilities,
  type ColdStorage,
  type GetOptions,
  type ObjectInfo,
  type ObjectKey,
  type PutOptions,
  type StorageBackend,
} from "@coldstow/contracts";

import { Bucket } from "./bucket.ts";
import type { S3Config } from "./config.ts";
import { listObjects } from "./list-objects.ts";
import { abortAbandoned } from "./multipart-uploads.ts";
import { serverDigestOf, toldDigest } from "./object-digest.ts";
import { objectState, parseRestore } from "./object-state.ts";
import { putMultipart } from "./put-multipart.ts";
import { putSingle } from "./put-single.ts";
import { readObject } from "./read-object.ts";
import { S3Session } from "./session.ts";
import { StorageClassGate } from "./storage-class-gate.ts";
import { S3ColdStorage } from "./thaw-objects.ts";
import { ThawStates } from "./thaw-states.ts";
import { UploadRecords } from "./upload-records.ts";

/** The longest object that S3 has. */
const mostMultipartBytes = 5 * 1024 ** 4;

function isCode(error: unknown, code: string): boolean {
  return isColdstowError(error) && error.code === code;
}

function capabilitiesOf(config: S3Config): Capabilities {
  return {
    atomicPut: true,
    conditionalPut: config.conditionalPut,
    rangeRead: true,
    resumeUpload: config.multipart,
    serverDigest: serverDigestOf(config),
    maxObjectBytes: config.multipart ? mostMultipartBytes : config.maxPutBytes,
    maxConcurrent: config.connections,
    freeRead: config.freeRead,
  };
}

class S3Backend implements StorageBackend {
  readonly capabilities: Capabilities;
  readonly cold?: ColdStorage;
  readonly tariff?: string;
  readonly #session: S3Session;
  readonly #bucket: Bucket;
  readonly #gate: StorageClassGate;
  readonly #states: ThawStates;
  readonly #records: UploadRecords;
  readonly #context: BackendContext;
  #swept: Promise<void> | undefined;

  constructor(config: S3Config, context: BackendContext) {
    this.capabilities = capabilitiesOf(config);
    this.#session = new S3Session(config);
    this.#bucket = new Bucket(this.#session);
    this.#gate = new StorageClassGate(this.#session);
    this.#states = new ThawStates(this.#session, this.#bucket);
    this.#records = new UploadRecords(context.stateDirectory, config);
    this.#context = context;
    if (config.tariff !== undefined) this.tariff = config.tariff;
    if (config.archived) this.cold = new S3ColdStorage(this.#session, this.#states);
  }

  async put(key: ObjectKey, source: BodySource, options: PutOptions = {}): Promise<ObjectInfo> {
    const checked = objectKey(key);
    const { maxObjectBytes } = this.capabilities;
    if (source.sizeBytes > maxObjectBytes) {
      throw new ColdstowError(
        "E_UNSUPPORTED",
        `${checked} has ${source.sizeBytes} bytes, and one upload here ${maxObjectBytes} at most`,
        { subject: checked, hint: "Choose smaller packs (size_tar), or multipart = yes." },
      );
    }
    throwIfCancelled(options.signal);
    await this.#bucket.ready();
    const exists = async (): Promise<boolean> =>
      (await this.#look(checked, options.signal)) !== undefined;
    if (options.ifAbsent === true && (await exists())) throw alreadyThere(checked);
    const { config } = this.#session;
    const conditional = options.ifAbsent === true && config.conditionalPut;
    const inParts = config.multipart && source.sizeBytes > config.partBytes;
    if (inParts) await this.#sweep();
    const put = async (): Promise<ObjectInfo> =>
      inParts
        ? await putMultipart(this.#session, this.#records, checked, source, options, conditional)
        : await putSingle(this.#session, checked, source, options, conditional);
    try {
      const info = await this.#gate.pass(checked, exists, put);
      this.#bucket.wasSeen();
      return info;
    } catch (error) {
      throw isCode(error, "E_EXISTS") ? alreadyThere(checked) : error;
    }
  }

  async *get(
    key: ObjectKey,
    options: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const checked = objectKey(key);
    throwIfCancelled(options.signal);
    const { range } = options;
    if (range !== undefined && range.end <= range.start) {
      if ((await this.stat(checked)) === undefined) throw absent(checked);
      return;
    }
    yield* readObject(this.#session, checked, options, (error) => this.#explain(checked, error));
  }

  async stat(key: ObjectKey): Promise<ObjectInfo | undefined> {
    return await this.#look(objectKey(key));
  }

  async #look(checked: ObjectKey, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    const { config } = this.#session;
    const command = new HeadObjectCommand({
      ...this.#session.object(checked),
      ...(serverDigestOf(config) === "sha256" ? { ChecksumMode: "ENABLED" as const } : {}),
    });
    try {
      const told = await this.#session.head(
        { doing: `looking at ${checked}`, key: checked, signal },
        (options) => this.#session.client.send(command, options),
      );
      this.#bucket.wasSeen();
      const digest = toldDigest(config, told);
      const { state } = objectState(told.StorageClass, parseRestore(told.Restore));
      return {
        key: checked,
        sizeBytes: told.ContentLength ?? 0,
        ...(told.LastModified === undefined ? {} : { modifiedAt: told.LastModified.toISOString() }),
        ...(digest === undefined ? {} : { digest }),
        ...(config.archived ? { state } : {}),
      };
    } catch (error) {
      if (!isCode(error, "E_NOT_FOUND")) throw error;
      // The answer has no body that would tell a missing object from a missing bucket.
      await this.#bucket.mustExist();
      return undefined;
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    const possible = /^[a-z0-9._/-]*$/.test(prefix) || recoveryNoteKey.startsWith(prefix);
    if (!possible) return;
    try {
      yield* listObjects(this.#session, prefix);
      this.#bucket.wasSeen();
    } catch (error) {
      if (!isCode(error, "E_NO_CONTAINER")) throw error;
      await this.#bucket.mustExist();
    }
  }

  async delete(key: ObjectKey): Promise<void> {
    const checked = objectKey(key);
    const command = new DeleteObjectCommand(this.#session.object(checked));
    try {
      await this.#session.request({ doing: `deleting ${checked}`, key: checked }, (options) =>
        this.#session.client.send(command, options),
      );
    } catch (error) {
      const nothing = isCode(error, "E_NOT_FOUND") || isCode(error, "E_NO_CONTAINER");
      if (!nothing) throw error;
      await this.#bucket.mustExist();
    }
  }

  async close(): Promise<void> {
    this.#session.close();
  }

  async #explain(key: ObjectKey, error: ColdstowError): Promise<ColdstowError> {
    if (isCode(error, "E_NOT_FOUND") || isCode(error, "E_NO_CONTAINER")) {
      await this.#bucket.mustExist();
      return absent(key);
    }
    if (!isCode(error, "E_FROZEN")) return error;
    const { state } = await this.#states.ofOne(key);
    if (state !== "thawing") return error;
    return new ColdstowError("E_THAWING", `${key} was asked for and is not ready yet`, {
      subject: key,
    });
  }

  /** Once a session, before anything is uploaded in parts. */
  async #sweep(): Promise<void> {
    this.#swept ??= abortAbandoned(this.#session, Date.now()).then(
      () => undefined,
      (error: unknown) => {
        // Not every key may list uploads; what lies there costs, and harms nothing else.
        const reason = error instanceof Error ? error.message : String(error);
        const message = `abandoned uploads, which cost, were not looked for: ${reason}`;
        this.#context.progress({ type: "warning", message });
      },
    );
    await this.#swept;
  }
}

function absent(key: ObjectKey): ColdstowError {
  return new ColdstowError("E_NOT_FOUND", `there is no object ${key}`, { subject: key });
}

function alreadyThere(key: ObjectKey): ColdstowError {
  return new ColdstowError("E_EXISTS", `there is an object ${key} already; it was left as it is`, {
    subject: key,
  });
}

/**
 * A bucket, or a folder in it, as a destination. Nothing is asked of the store before the first call.
 * The object of key `a/b` is the object `PREFIX/a/b`, so any S3 tool can read and copy it.
 */
export function s3Backend(config: S3Config, context: BackendContext): StorageBackend {
  return new S3Backend(config, context);
}
