import type { Copy, Pack } from "@coldstow/catalogue";
import { describeError } from "@coldstow/contracts";
import type { CatchUpParts } from "./catch-up.ts";
import { copySource } from "./copy-source.ts";
import type { Lane } from "./lane.ts";
import type { ObjectFacts } from "./pack-body.ts";
import { PaidReads } from "./paid-reads.ts";

/** Beyond it, what waits is found again in the catalogue at the end, so that a slow line fills no memory. */
const maxQueued = 10_000;
/** As many copies are begun; the slots of the lanes decide how many are really under way. */
const maxBegun = 4;

type StoredPack = Pack & ObjectFacts;

/** Brings to one destination what it lacks and another has. */
export class LaneCatchUp {
  readonly lane: Lane;
  /** Copies of packs of earlier runs that were made. */
  healed = 0;
  /** Something was left out on the way that may be possible at the end. */
  missed = false;
  readonly #parts: CatchUpParts;
  readonly #running = new Set<Promise<void>>();
  readonly #paid: PaidReads;
  #queue: number[] = [];
  #ended = false;
  #change = Promise.withResolvers<void>();

  constructor(lane: Lane, parts: CatchUpParts) {
    this.lane = lane;
    this.#parts = parts;
    this.#paid = new PaidReads(lane.destination, parts.report);
  }

  add(packId: number): void {
    if (this.#queue.length >= maxQueued) this.missed = true;
    else this.#queue.push(packId);
    this.#wake();
  }

  /** Nothing more will be added. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Heals, then follows until the end. It does not fail: what does not succeed is told. */
  async run(): Promise<void> {
    const { catalogue, journal, uploads } = this.#parts;
    uploads.signal.addEventListener("abort", () => this.#wake(), { once: true });
    try {
      await this.#pass((pack) => pack.run !== journal.run);
      while (!uploads.signal.aborted) {
        const change = this.#change.promise;
        const queued = this.#queue;
        this.#queue = [];
        for (const id of queued) {
          const pack = await catalogue.pack(id);
          if (pack !== undefined) await this.#begin(pack);
        }
        if (this.#queue.length > 0) continue;
        if (this.#ended) break;
        await change;
      }
    } catch (error) {
      this.#tell(error);
    }
    await Promise.all(this.#running);
  }

  /** Tells what is wrong with neither of the two places. */
  #tell(error: unknown): void {
    this.missed = true;
    const { code } = describeError(error);
    this.#parts.report.warning(error instanceof Error ? error.message : String(error), code);
  }

  /** Looks once more for all that is missing. O(packs). */
  async again(): Promise<void> {
    this.missed = false;
    await this.#pass(() => true);
    await Promise.all(this.#running);
  }

  #wake(): void {
    const change = this.#change;
    this.#change = Promise.withResolvers<void>();
    change.resolve();
  }

  async #pass(wanted: (pack: Pack) => boolean): Promise<void> {
    const { journal, uploads } = this.#parts;
    for (let after = 0; !uploads.signal.aborted;) {
      const page = await journal.packsWithoutCopy(this.lane.destination.id, after);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id;
      for (const pack of page) if (wanted(pack)) await this.#begin(pack);
    }
    await Promise.all(this.#running);
    this.#paid.tell();
  }

  async #begin(pack: Pack): Promise<void> {
    while (this.#running.size >= maxBegun) await Promise.race(this.#running);
    if (this.#parts.uploads.signal.aborted) return;
    if (this.lane.gate.isShut) {
      this.missed = true;
      return;
    }
    const work = this.#copy(pack)
      .catch((error: unknown) => this.#tell(error))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #copy(pack: Pack): Promise<void> {
    const { sizeBytes, sha256 } = pack;
    if (sizeBytes === null || sha256 === null) return;
    const copies = await this.#parts.catalogue.copiesOfPack(pack.id);
    const own = copies.find(({ destination }) => destination === this.lane.destination.id);
    if (own?.state === "stored") return;
    const stored = { ...pack, sizeBytes, sha256 };
    for (const from of this.#sources(stored, copies)) {
      try {
        await this.#copyFrom(stored, from, own?.state === "damaged");
        if (pack.run === this.#parts.journal.run) return;
        this.healed += 1;
        this.#parts.progress({ type: "item", outcome: "repaired", name: pack.key });
        return;
      } catch (error) {
        this.missed = true;
        const what = `did not take ${pack.key} from ${from.destination.title}`;
        this.lane.gate.tellFailure(what, error, "The next run tries again.");
        if (this.lane.gate.isShut || this.#parts.uploads.signal.aborted) return;
      }
    }
  }

  /** Where it can be read, the best first: this machine's files, then what costs nothing. */
  #sources(pack: StoredPack, copies: readonly Copy[]): readonly Lane[] {
    const { paidReads, uploads } = this.#parts;
    const good = new Set(
      copies.filter(({ state }) => state === "stored").map(({ destination }) => destination),
    );
    const all = uploads.lanes.filter(
      (lane) => lane !== this.lane && good.has(lane.destination.id) && !lane.gate.isShut,
    );
    const free = all.filter(({ destination }) => destination.backend.capabilities.freeRead);
    const [dear] = all;
    if (free.length === 0 && dear !== undefined && !paidReads) {
      this.#paid.add(dear.destination, pack.sizeBytes);
      return [];
    }
    return (free.length > 0 ? free : all).toSorted((a, b) => rank(a) - rank(b));
  }

  /** A copy that is known to be damaged is replaced; of any other object in its place it is asked first. */
  async #copyFrom(pack: StoredPack, from: Lane, replace: boolean): Promise<void> {
    const { spool, uploads } = this.#parts;
    const source = await copySource(spool, pack, from, this.lane, uploads.signal);
    try {
      const attempt = async (ifAbsent: boolean): ReturnType<typeof uploads.send> =>
        uploads.send(this.lane, pack.key, source.body, {
          ifAbsent,
          ...(from.destination.backend.staged === undefined && { from }),
          isItsFault: (error) =>
            !source.caused(error) && !aboutBytes.has(describeError(error).code),
        });
      const copy = await attempt(!replace).catch(async (error: unknown) => {
        if (replace || source.caused(error) || !aboutBytes.has(describeError(error).code))
          throw error;
        return attempt(false);
      });
      await uploads.record(pack.id, copy);
    } finally {
      await source.release();
    }
  }
}

/** Said of what lies there already, or of the bytes of the source: the destination has no fault in it. */
const aboutBytes: ReadonlySet<string> = new Set(["E_EXISTS", "E_FIXITY", "E_LENGTH"]);

function rank({ destination }: Lane): number {
  return destination.backend.staged === undefined ? 1 : 0;
}
