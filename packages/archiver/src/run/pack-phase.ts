import type { PendingFile, Settlement, SlicedFile } from "@coldstow/catalogue/journal";
import { ColdstowError, throwIfCancelled } from "@coldstow/contracts";
import { nowNs } from "../archive/clock.ts";
import type {
  FilesJob,
  FinishedPack,
  PackOrder,
  SlicesJob,
  WorkerReply,
} from "../pack/pack-job.ts";
import type { PackPool } from "../pack/pack-pool.ts";
import { Planner, type PlannedWork } from "../plan/planner.ts";
import { worthCompressing } from "../plan/sample-compression.ts";
import { dropOrder, hasHome, orderPack, type PlannedOrder } from "./pack-order.ts";
import { publishPack } from "./publish-pack.ts";
import type { RunContext } from "./run-context.ts";

const pageFiles = 2_000;
const tellEveryMs = 200;

/**
 * Reads the queued files in worker threads and commits each pack once its copies were checked.
 * O(queued bytes); memory holds the packs in work.
 */
export async function packPhase(context: RunContext, pool: PackPool): Promise<void> {
  const phase = new PackPhase(context, pool);
  const ticker = setInterval(() => phase.tell(), tellEveryMs);
  const onAbort = (): void => pool.cancel();
  context.signal?.addEventListener("abort", onAbort);
  try {
    await phase.run();
  } finally {
    clearInterval(ticker);
    context.signal?.removeEventListener("abort", onAbort);
    phase.tell();
  }
}

/** As many packs may be on their way and not yet committed; each holds the list of its members. */
const maxOnTheirWay = 64;
/** As many more than there are workers may wait to be made durable on this machine's own disks. */
const maxUnsynced = 2;

class PackPhase {
  readonly #context: RunContext;
  readonly #pool: PackPool;
  readonly #running = new Set<Promise<void>>();
  readonly #settling = new Set<Promise<void>>();
  /** Fires with the first failure, and ends what waits for room. */
  readonly #halt = new AbortController();
  readonly #signal: AbortSignal;
  #failure: unknown;
  #failed = false;

  constructor(context: RunContext, pool: PackPool) {
    this.#context = context;
    this.#pool = pool;
    const { signal } = context;
    this.#signal =
      signal === undefined ? this.#halt.signal : AbortSignal.any([signal, this.#halt.signal]);
  }

  tell(): void {
    const { bytes, files } = this.#pool.progress();
    this.#context.progress({ type: "advance", stage: "pack", doneBytes: bytes, doneItems: files });
  }

  async run(): Promise<void> {
    const { journal, archive } = this.#context;
    const { packSizeBytes, compress } = archive.settings;
    const planner = new Planner(packSizeBytes, compress);
    for (let after = 0; !this.#stopped();) {
      const page = await journal.pendingFiles(after, pageFiles);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.seq;
      for (const file of page) {
        for (const work of planner.add(file)) await this.#start(work);
      }
    }
    for (const work of planner.flush()) await this.#start(work);
    await Promise.all(this.#running);
    await Promise.all(this.#settling);
    if (this.#failed) throw this.#failure;
    if (this.#context.signal?.aborted === true) {
      throw new ColdstowError("E_CANCELLED", "Interrupted. Every pack that was finished is kept.");
    }
  }

  #stopped(): boolean {
    return this.#failed || this.#context.signal?.aborted === true;
  }

  async #start(work: PlannedWork): Promise<void> {
    await this.#slot();
    if (this.#stopped()) {
      this.#pool.cancel();
      return;
    }
    const job = work.type === "files" ? this.#packFiles(work) : this.#packSlices(work);
    const running = job
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for a worker, and until not too many packs wait to be brought away. */
  async #slot(): Promise<void> {
    for (;;) {
      // One more than there are workers, to have its order at hand. In the spool it would hold room
      // that the workers may be waiting for.
      const { workers } = this.#context;
      const most = hasHome(this.#context) ? workers + 1 : workers;
      if (this.#running.size >= most) await Promise.race(this.#running);
      else if (this.#isClogged()) await Promise.race(this.#settling);
      else return;
    }
  }

  #isClogged(): boolean {
    const { workers } = this.#context;
    return this.#settling.size >= (hasHome(this.#context) ? workers + maxUnsynced : maxOnTheirWay);
  }

  #fail(error: unknown): void {
    if (!this.#failed) this.#failure = error;
    this.#failed = true;
    this.#halt.abort();
    this.#pool.cancel();
  }

  /** Watches what a worker finished being brought away, while the worker goes on. */
  #settle(work: Promise<void>): void {
    const settling = work
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  async #packFiles(work: Extract<PlannedWork, { type: "files" }>): Promise<void> {
    const { root } = this.#context;
    const paths = work.files.map((file) => file.path);
    const zstd =
      work.compress === "sample" ? await worthCompressing(root, paths) : work.compress === "yes";
    const ordered = await orderPack(this.#context, zstd, this.#signal);
    const files = work.files.map(taskOf);
    const job: FilesJob = { type: "files", root, files, order: ordered.order };
    let isTaken = false;
    try {
      await this.#pool.run(
        job,
        async (reply) => {
          isTaken = true;
          this.#settle(this.#take(reply, ordered));
        },
        async () => Promise.reject(new ColdstowError("E_INTERNAL", "A pack asked for another.")),
      );
    } catch (error) {
      if (!isTaken) await dropOrder(this.#context, ordered).catch(() => undefined);
      throw error;
    }
  }

  async #packSlices(work: Extract<PlannedWork, { type: "slices" }>): Promise<void> {
    const { root, journal } = this.#context;
    const { file, sliceBytes } = work;
    const known = await journal.knownSlices(file.seq);
    const job: SlicesJob = { type: "slices", root, file: taskOf(file), sliceBytes, known };
    let current: PlannedOrder | undefined;
    // Packs commit in the order in which they were written; the file itself only after all of them.
    let earlier = Promise.resolve();
    try {
      await this.#pool.run(
        job,
        async (reply) => {
          const ordered = reply.type === "pack" ? current : undefined;
          if (ordered !== undefined) current = undefined;
          earlier = this.#take(reply, ordered, earlier);
          this.#settle(earlier);
        },
        async (): Promise<PackOrder> => {
          while (this.#isClogged()) await Promise.race(this.#settling);
          throwIfCancelled(this.#signal);
          current = await orderPack(this.#context, false, this.#signal);
          return current.order;
        },
      );
    } finally {
      if (current !== undefined) await dropOrder(this.#context, current).catch(() => undefined);
    }
  }

  /** @param before what must be committed first; after a failure of it nothing is */
  async #take(
    reply: Extract<WorkerReply, { type: "pack" | "done" }>,
    ordered: PlannedOrder | undefined,
    before: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    const { journal, report } = this.#context;
    for (const problem of reply.problems) {
      report.item(problem.path, problem.outcome, problem.message);
    }
    if (reply.type === "done") {
      await before;
      const sliced: SlicedFile[] = reply.sliced === undefined ? [] : [reply.sliced];
      await journal.commit([], reply.settlements, sliced);
      report.figures.filesStored += sliced.length;
      for (const file of sliced) report.figures.bytesStored += file.stat.sizeBytes;
    } else if (reply.pack === undefined || ordered === undefined) {
      if (ordered !== undefined) await dropOrder(this.#context, ordered);
      await before;
      await journal.commit([], reply.settlements);
    } else {
      await this.#publish(reply.pack, ordered, reply.settlements, before);
    }
    for (const { state } of reply.settlements) {
      if (state === "linked") report.figures.filesLinked += 1;
    }
  }

  async #publish(
    pack: FinishedPack,
    ordered: PlannedOrder,
    settlements: Iterable<Settlement>,
    before: Promise<void>,
  ): Promise<void> {
    const { journal, report } = this.#context;
    const { sizeBytes, sha256 } = pack;
    try {
      await publishPack(this.#context, ordered, { sizeBytes, sha256 }, async (copies) => {
        await before;
        await journal.commit([{ ...pack, copies, atNs: nowNs() }], settlements);
      });
    } catch (error) {
      await dropOrder(this.#context, ordered).catch(() => undefined);
      throw error;
    }
    report.figures.packs += 1;
    report.figures.packBytes += sizeBytes;
    for (const member of pack.members) {
      if (member.slice !== undefined) continue;
      report.figures.filesStored += 1;
      report.figures.bytesStored += member.sizeBytes;
    }
  }
}

function taskOf(file: PendingFile): FilesJob["files"][number] {
  return {
    seq: file.seq,
    path: file.path,
    hashFirst: file.sizeShared,
    forced: file.forced,
    inode: file.inode,
  };
}
