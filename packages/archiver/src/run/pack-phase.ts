import type { PendingFile, Settlement, SlicedFile } from "@coldstow/catalogue/journal";
import { ColdstowError } from "@coldstow/contracts";
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
import { dropOrder, orderPack, type PlannedOrder } from "./pack-order.ts";
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

class PackPhase {
  readonly #context: RunContext;
  readonly #pool: PackPool;
  readonly #running = new Set<Promise<void>>();
  #failure: unknown;
  #failed = false;

  constructor(context: RunContext, pool: PackPool) {
    this.#context = context;
    this.#pool = pool;
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
    if (this.#failed) throw this.#failure;
    if (this.#context.signal?.aborted === true) {
      throw new ColdstowError("E_CANCELLED", "Interrupted. Every pack that was finished is kept.");
    }
  }

  #stopped(): boolean {
    return this.#failed || this.#context.signal?.aborted === true;
  }

  async #start(work: PlannedWork): Promise<void> {
    // One pack more than there are workers, so that one is brought away while all of them work.
    while (this.#running.size > this.#context.workers) await Promise.race(this.#running);
    if (this.#stopped()) {
      this.#pool.cancel();
      return;
    }
    const job = work.type === "files" ? this.#packFiles(work) : this.#packSlices(work);
    const running = job
      .catch((error: unknown) => {
        if (!this.#failed) this.#failure = error;
        this.#failed = true;
        this.#pool.cancel();
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #packFiles(work: Extract<PlannedWork, { type: "files" }>): Promise<void> {
    const { root } = this.#context;
    const paths = work.files.map((file) => file.path);
    const zstd =
      work.compress === "sample" ? await worthCompressing(root, paths) : work.compress === "yes";
    const ordered = await orderPack(this.#context, zstd);
    const files = work.files.map(taskOf);
    const job: FilesJob = { type: "files", root, files, order: ordered.order };
    try {
      await this.#pool.run(
        job,
        async (reply) => this.#take(reply, ordered),
        async () => Promise.reject(new ColdstowError("E_INTERNAL", "A pack asked for another.")),
      );
    } catch (error) {
      await dropOrder(this.#context, ordered).catch(() => undefined);
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
          earlier = earlier.then(async () => this.#take(reply, ordered));
          return earlier;
        },
        async (): Promise<PackOrder> => {
          await earlier;
          current = await orderPack(this.#context, false);
          return current.order;
        },
      );
    } finally {
      if (current !== undefined) await dropOrder(this.#context, current).catch(() => undefined);
    }
  }

  async #take(
    reply: Extract<WorkerReply, { type: "pack" | "done" }>,
    ordered: PlannedOrder | undefined,
  ): Promise<void> {
    const { journal, report } = this.#context;
    for (const problem of reply.problems) {
      report.item(problem.path, problem.outcome, problem.message);
    }
    if (reply.type === "done") {
      const sliced: SlicedFile[] = reply.sliced === undefined ? [] : [reply.sliced];
      await journal.commit([], reply.settlements, sliced);
      report.figures.filesStored += sliced.length;
      for (const file of sliced) report.figures.bytesStored += file.stat.sizeBytes;
    } else if (reply.pack === undefined || ordered === undefined) {
      if (ordered !== undefined) await dropOrder(this.#context, ordered);
      await journal.commit([], reply.settlements);
    } else {
      await this.#commit(reply.pack, ordered, reply.settlements);
    }
    for (const { state } of reply.settlements) {
      if (state === "linked") report.figures.filesLinked += 1;
    }
  }

  async #commit(
    pack: FinishedPack,
    ordered: PlannedOrder,
    settlements: Iterable<Settlement>,
  ): Promise<void> {
    const { journal, report } = this.#context;
    const copies = await publishPack(this.#context, ordered, pack);
    await journal.commit([{ ...pack, copies, atNs: nowNs() }], settlements);
    report.figures.packs += 1;
    report.figures.packBytes += pack.sizeBytes;
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
