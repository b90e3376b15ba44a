import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";

import { isColdstowError } from "@coldstow/contracts";

import { storedName, type S3Config } from "./config.ts";
import { s3Error } from "./errors.ts";
import { ProgressGuard } from "./progress-guard.ts";

const connectMs = 30_000;
const unexplained: ReadonlySet<string> = new Set(["E_PERMISSION", "E_CONFIG", "E_INTERNAL"]);
const nothing = (): void => undefined;
/** The SDK writes to the console otherwise. */
const silentLogger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
/** From this size on the store is asked whether it takes a body before the body is sent. */
const expectContinueBytes = 1024 * 1024;
/** The SDK waits 6 seconds for a store that does not answer; that must not count as a stall. */
const expectContinueTimeoutMs = 10_000;
const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };

/** What a request is about, for messages. */
export interface Call {
  /** Such as `storing packs/p1`. */
  readonly doing: string;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** It asks for nothing to be replaced, by `If-None-Match: *`, which not every store has. */
  readonly conditional?: boolean;
}

/** The SDK's client for one destination, and how its requests are guarded. */
export class S3Session {
  readonly config: S3Config;
  readonly client: S3Client;
  readonly secrets: readonly string[];

  constructor(config: S3Config) {
    this.config = config;
    const { credentials } = config;
    this.secrets = Object.values(credentials ?? {}).map(String);
    this.client = new S3Client({
      region: config.region,
      forcePathStyle: config.pathStyle,
      ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      // Only the caller knows whether a body can be sent again, so only the caller retries.
      maxAttempts: 1,
      logger: silentLogger,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      expectContinueHeader:
        config.timeoutMs < expectContinueTimeoutMs ? false : expectContinueBytes,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: Math.min(connectMs, config.timeoutMs),
        // With agents of our own the SDK would send the body without waiting for `100 Continue`,
        // and where a store refuses and closes, the broken line would hide the answer.
        httpAgent: agent,
        httpsAgent: agent,
      }),
    });
  }

  get bucket(): { readonly Bucket: string } {
    return { Bucket: this.config.bucket };
  }

  object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.config.bucket, Key: storedName(this.config, key) };
  }

  guard({ doing, signal }: Call): ProgressGuard {
    return new ProgressGuard(doing, this.config.timeoutMs, signal);
  }

  /**
   * Runs one request and gives its error a place in the error table.
   * @param guard where the caller has one already that it ends itself
   */
  async request<T>(
    call: Call,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    guard?: ProgressGuard,
  ): Promise<T> {
    const own = guard ?? this.guard(call);
    try {
      if (own.failure !== undefined) throw own.failure.error;
      return await own.outcome(send({ abortSignal: own.signal }));
    } catch (error) {
      throw own.failure === undefined ? this.told(error, call) : own.failure.error;
    } finally {
      if (guard === undefined) own.end();
    }
  }

  /**
   * Runs a HEAD request. Its answer has no body that would tell why it was refused, so a refusal is
   * explained by a request that has one.
   */
  async head<T>(
    call: Call,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.request(call, send);
    } catch (error) {
      if (isColdstowError(error) && unexplained.has(error.code)) await this.#ask(call);
      throw error;
    }
  }

  async #ask(call: Call): Promise<void> {
    const { prefix } = this.config;
    const command = new ListObjectsV2Command({ ...this.bucket, Prefix: prefix, MaxKeys: 1 });
    await this.request(call, (options) => this.client.send(command, options));
  }

  /** The error with its place in the error table. */
  told(error: unknown, { doing, key, conditional }: Call): Error {
    return s3Error(error, doing, this.secrets, key, conditional);
  }

  close(): void {
    this.client.destroy();
  }
}
