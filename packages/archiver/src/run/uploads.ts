import type { PackCopy } from "@coldstow/catalogue/journal";
import {
  ColdstowError,
  objectKey,
  type BodySource,
  type ErrorCode,
  type ProgressSink,
} from "@coldstow/contracts";
import type { Catalogue } from "@coldstow/catalogue";
import type { Archive, OpenDestination } from "../archive/archive.ts";
import { nowNs } from "../archive/clock.ts";
import { lanesOf, withSlots, type Lane } from "./lane.ts";
import { SentBytes } from "./sent-bytes.ts";
import { storeObject, type ProvenObject } from "./store-object.ts";

export interface UploadsOptions {
  readonly tell: (message: string, code?: ErrorCode) => void;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

/** A copy that is proven, for the catalogue. */
export interface ProvenCopy extends PackCopy {
  readonly proof: ProvenObject["proof"];
}

/** All traffic of a run to its destinations, each in a lane of its own. */
export class Uploads {
  readonly lanes: readonly Lane[];
  readonly sent: SentBytes = new SentBytes();
  /** Fires when the run ends early: what no longer delays anything's safety is then given up. */
  readonly #stop = new AbortController();
  readonly #catalogue: Catalogue;
  readonly #readBack: boolean;
  readonly #signal: AbortSignal;
  readonly #later = new Set<Promise<void>>();

  constructor(
    { catalogue, destinations, settings }: Omit<Archive, "path">,
    { tell, signal, now }: UploadsOptions,
  ) {
    this.lanes = lanesOf(destinations, tell, now);
    this.#catalogue = catalogue;
    this.#readBack = settings.readBack;
    const signals = [this.#stop.signal, ...(signal === undefined ? [] : [signal])];
    this.#signal = AbortSignal.any(signals);
  }

  /** Fires when nothing new is to be sent. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  laneOf(destination: OpenDestination): Lane {
    const lane = this.lanes.find((one) => one.destination === destination);
    if (lane === undefined) throw new ColdstowError("E_INTERNAL", "A destination has no lane.");
    return lane;
  }

  /**
   * Sends an object to one destination as soon as a slot is free there, and proves it.
   * @param body what is sent; asked for when it is its turn
   * @throws what `storeObject` throws, or what the destination was set aside for
   */
  async send(
    lane: Lane,
    key: string,
    body: () => Promise<BodySource>,
    options: {
      readonly ifAbsent: boolean;
      readonly from?: Lane;
      readonly isItsFault?: (error: unknown) => boolean;
    },
  ): Promise<ProvenCopy> {
    const { from, ifAbsent, isItsFault } = options;
    return withSlots(from === undefined ? [lane] : [lane, from], async () =>
      lane.gate.use(async () => {
        const { proof, remoteDigest } = await storeObject(
          lane.destination,
          objectKey(key),
          await body(),
          {
            ifAbsent,
            readBack: this.#readBack,
            signal: this.#signal,
            onProgress: this.sent.counter(),
          },
        );
        this.sent.arrived();
        return { destination: lane.destination.id, remoteDigest, proof };
      }, isItsFault),
    );
  }

  /** Notes a copy of a pack that is committed already. */
  async record(packId: number, { destination, remoteDigest, proof }: ProvenCopy): Promise<void> {
    const remote = remoteDigest ?? undefined;
    const copy = { state: "stored", remoteDigest: remote, storedNs: nowNs() } as const;
    await this.#catalogue.recordCopy(packId, destination, copy);
    await this.noteProof(packId, { destination, proof });
  }

  /** Notes that the bytes of a copy were proven, for `verify`, which then need not do it so soon. */
  async noteProof(
    packId: number,
    { destination, proof }: Pick<ProvenCopy, "destination" | "proof">,
  ): Promise<void> {
    if (proof !== "digest" && proof !== "read") return;
    const seen = { state: "stored", level: "digest", verifiedNs: nowNs() } as const;
    await this.#catalogue.recordVerification(packId, destination, seen);
  }

  /** Work that goes on behind the packing, and that the run waits for at its end. It must not fail. */
  later(work: Promise<void>): void {
    const one = work.finally(() => this.#later.delete(one));
    this.#later.add(one);
  }

  /** Waits until all that goes on behind the packing has ended, and shows how far it is. */
  async finish(
    progress: ProgressSink,
    left: { readonly bytes: number; readonly packs: number },
  ): Promise<void> {
    const totals = { totalBytes: left.bytes, totalItems: left.packs };
    const end = left.packs > 0 ? this.sent.show(progress, totals) : undefined;
    try {
      while (this.#later.size > 0) await Promise.all(this.#later);
    } finally {
      end?.();
    }
  }

  /** Gives up what only adds copies, and waits for its end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    while (this.#later.size > 0) await Promise.allSettled(this.#later);
  }
}
