import type { ObjectKey } from "./object-key.ts";

/** Half-open range of bytes, `start <= i < end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type DigestAlgorithm = "sha256" | "md5";

/** A digest as the server or the caller states it; `hex` is lower case. */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
}

/** Bytes that can be read again from any offset, because a retry or a resumed upload needs that. */
export interface BodySource {
  readonly sizeBytes: number;
  /** Digests of the whole body that are known before it is sent. */
  readonly digests: readonly Digest[];
  /** Yields exactly `sizeBytes - offset` bytes, in chunks of any size. May be called many times. */
  open(offset: number): AsyncIterable<Uint8Array>;
}

export interface ObjectInfo {
  readonly key: ObjectKey;
  readonly sizeBytes: number;
  /** When the store says that it was written: ISO 8601 UTC. */
  readonly modifiedAt?: string;
  /** What the store itself says of the bytes it holds; absent where it does not compute one. */
  readonly digest?: Digest;
  /** A cold object's state, where listing tells it without a request of its own. */
  readonly state?: ColdState;
}

export type ColdState = "ready" | "frozen" | "thawing";

export interface PutOptions {
  /** Fail with `E_EXISTS`, changing nothing, where the key has an object. */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignal;
  /** Called with the number of bytes sent so far; it may fall when a part is sent again. */
  readonly onProgress?: (sentBytes: number) => void;
}

export interface GetOptions {
  readonly range?: ByteRange;
  readonly signal?: AbortSignal;
}

/** What a backend can do. The conformance kit fails a backend whose word here is not true. */
export interface Capabilities {
  /** A reader sees the old object or the new one, never a part, even if the writer is killed. */
  readonly atomicPut: boolean;
  /** `put` honours `ifAbsent` even against another writer at the same moment. */
  readonly conditionalPut: boolean;
  /** Where it is false, `get` with a range throws `E_UNSUPPORTED`. */
  readonly rangeRead: boolean;
  /** A broken upload goes on where it stopped, instead of from the start. */
  readonly resumeUpload: boolean;
  /** The digest that `put` and `stat` return, computed by the store from the bytes it holds. */
  readonly serverDigest: DigestAlgorithm | undefined;
  /** A longer body is refused with `E_UNSUPPORTED` before it is opened. */
  readonly maxObjectBytes: number;
  /** How many calls may run at once. */
  readonly maxConcurrent: number;
  /** Reading an object costs no money and no waiting. */
  readonly freeRead: boolean;
}

export interface ThawOptions {
  readonly tier?: string;
  readonly days?: number;
}

export interface ThawState {
  readonly key: ObjectKey;
  readonly state: ColdState;
  /** When it is expected to be ready, or until when it stays so: ISO 8601 UTC. */
  readonly readyAt?: string;
  readonly readyUntil?: string;
}

/** One way to be served, which `ThawOptions.tier` names. */
export interface ThawTier {
  readonly name: string;
  /** The longest wait that the provider states. */
  readonly hours: number;
}

/** What it means to ask this place for frozen objects; a restore is planned by it. */
export interface ThawTerms {
  /** The first is taken where none is named. */
  readonly tiers: readonly [ThawTier, ...ThawTier[]];
  /** How long a thawed object stays ready, where the place fixes it; undefined where `days` says it. */
  readonly readyHours: number | undefined;
  /** How long to wait between two questions for states that the place gives no time for, in seconds. */
  readonly pollSeconds: number;
}

/** Present on backends whose objects may be frozen. Neither call blocks until objects are ready; both may be repeated. */
export interface ColdStorage {
  readonly terms: ThawTerms;
  requestThaw(keys: readonly ObjectKey[], options: ThawOptions): Promise<readonly ThawState[]>;
  thawState(keys: readonly ObjectKey[]): Promise<readonly ThawState[]>;
}

/**
 * Present on backends whose objects are files of this machine. A worker writes a staged file
 * itself, so that a pack crosses no process and no memory on its way.
 */
export interface StagedStorage {
  /**
   * A path on the same file system as the object's final one. Nothing is there yet: its folder
   * exists, and the writer makes the file (`wx`).
   */
  stage(key: ObjectKey): Promise<string>;
  /**
   * Makes a staged file that its writer has fsynced the object, atomically and durably.
   * @throws {E_EXISTS} with `ifAbsent`, leaving the staged file where it is
   */
  publish(key: ObjectKey, stagedPath: string, options?: PutOptions): Promise<ObjectInfo>;
  /** Removes a staged file; none there is no error. */
  discard(stagedPath: string): Promise<void>;
  /**
   * Removes every staged file of the key that a writer which is gone has left. The caller makes sure
   * that nobody is writing this key.
   */
  sweep(key: ObjectKey): Promise<void>;
  /** Where an existing object may be read as a file. */
  pathOf(key: ObjectKey): string;
}

/**
 * A place that keeps objects under keys.
 *
 * - Durability: when `put` resolves, the object MUST survive a power cut of this machine.
 * - Read-after-write: after `put` resolves, `get`, `stat` and `list` MUST show the object.
 * - All or nothing: a failed or cancelled `put` MUST leave what was visible under the key before.
 * - A backend MUST classify errors by the error table and MUST NOT retry; `withRetry` does that.
 * - A key that is not an {@link ObjectKey} MUST be refused with `E_BAD_KEY` before anything is done.
 */
export interface StorageBackend {
  readonly capabilities: Capabilities;
  readonly cold?: ColdStorage;
  readonly staged?: StagedStorage;
  /** The name of the price list that fits this place, such as `aws-deep-archive`; undefined where it costs nothing. */
  readonly tariff?: string;

  /**
   * Stores the body under the key, replacing an object that is there.
   * @throws {E_LENGTH} if the source yields another number of bytes than it announced
   * @throws {E_FIXITY} if the bytes do not have the digests that the source announced
   * @throws {E_EXISTS | E_NO_SPACE | E_READ_ONLY | E_PERMISSION | E_TEMPORARY | E_CANCELLED}
   */
  put(key: ObjectKey, source: BodySource, options?: PutOptions): Promise<ObjectInfo>;

  /**
   * The object's bytes, or those in the range; a range past the end is cut to it.
   * @throws {E_NOT_FOUND} if there is no such object
   * @throws {E_FROZEN | E_THAWING} if it must be thawed first
   */
  get(key: ObjectKey, options?: GetOptions): AsyncIterable<Uint8Array>;

  /** Undefined only when the object is positively absent; every uncertainty throws. */
  stat(key: ObjectKey): Promise<ObjectInfo | undefined>;

  /** Every object whose key starts with the prefix, in any order, page by page inside. `""` lists all. */
  list(prefix: string): AsyncIterable<ObjectInfo>;

  /** Removes the object; none there is no error. */
  delete(key: ObjectKey): Promise<void>;

  /** Ends connections. The backend is not used afterwards. May be called twice. */
  close(): Promise<void>;
}
