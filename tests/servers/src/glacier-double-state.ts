import { rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";

import type { DoubleCredentials } from "./glacier-double-signature.ts";
import type { DoubleClock, StoredBucket } from "./glacier-double-store.ts";

export interface GlacierDoubleOptions extends Partial<DoubleCredentials> {
  /** How long a thaw takes; 12 hours if not given. */
  readonly thawMs?: number;
  /** A request that names a tier is refused, as OVH does. */
  readonly refusesTier?: boolean;
  /** A request that would end a copy earlier is refused, as OVH does; Amazon moves the end. */
  readonly refusesShortening?: boolean;
  /** False leaves RestoreStatus out of listings; true if not given. */
  readonly listsStates?: boolean;
  /** In which class an object is kept that asks for this one; the same if not given. */
  readonly keptClass?: (asked: string) => string;
  /** Objects of a page of a listing; 1000 if not given. */
  readonly pageLength?: number;
  /** What the clock shows at first; now if not given. */
  readonly now?: number;
}

/** An error that requests are answered with. */
export interface InjectedFault {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How many requests get it; every one if not given. */
  readonly times?: number;
  /** Only requests whose line, such as `PUT /bucket/a`, matches. */
  readonly only?: RegExp;
}

/** A request for one bucket, taken apart. */
export interface DoubleRequest {
  readonly request: IncomingMessage;
  readonly bucket: StoredBucket;
  /** The object's name; empty for the bucket itself. */
  readonly name: string;
  readonly query: URLSearchParams;
}

/** What the double holds and how it behaves. */
export class DoubleState {
  readonly buckets: Map<string, StoredBucket> = new Map();
  readonly restores: { name: string; days: number; tier: string | undefined }[] = [];
  readonly directory: string;
  readonly clock: DoubleClock;
  readonly credentials: DoubleCredentials;
  readonly thawMs: number;
  readonly pageLength: number;
  refusesTier: boolean;
  refusesShortening: boolean;
  listsStates: boolean;
  keptClass: (asked: string) => string;
  readonly #trash: Promise<void>[] = [];

  constructor(directory: string, clock: DoubleClock, options: GlacierDoubleOptions) {
    this.directory = directory;
    this.clock = clock;
    this.credentials = {
      accessKeyId: options.accessKeyId ?? "AKIADOUBLE0000000000",
      secretAccessKey: options.secretAccessKey ?? "double/secret+of/glacier0000000000000000",
      region: options.region ?? "eu-test-1",
    };
    this.thawMs = options.thawMs ?? 12 * 60 * 60 * 1000;
    this.pageLength = options.pageLength ?? 1000;
    this.refusesTier = options.refusesTier ?? false;
    this.refusesShortening = options.refusesShortening ?? false;
    this.listsStates = options.listsStates ?? true;
    this.keptClass = options.keptClass ?? ((asked) => asked);
  }

  /** Removes a body that no object has any more; who is reading it reads on. */
  trash(path: string | undefined): void {
    if (path !== undefined) this.#trash.push(rm(path, { force: true }));
  }

  async emptied(): Promise<void> {
    await Promise.allSettled(this.#trash);
  }
}
