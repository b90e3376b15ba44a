import { Worker } from "node:worker_threads";
import { ColdstowError } from "@coldstow/contracts";
import { workerUrl } from "../files/worker-url.ts";
import { Claims } from "./claims.ts";
import { membersOf, settlementsOf } from "./file-columns.ts";
import type { FilesReply, PackJob, PackOrder, PackWorkerData, WorkerReply } from "./pack-job.ts";

/** Room for short-lived objects in each thread: more of it is only garbage that waits, in every thread. */
const youngMib = 8;

interface Running {
  readonly onReply: (reply: WorkerReply) => void;
  readonly onDeath: (error: ColdstowError) => void;
}

/** Called when a slices job needs another pack. */
export type GiveOrder = (bytes: number) => Promise<PackOrder>;
/** Called with each pack that a job finished; the worker goes on meanwhile. */
export type TakeReply = (reply: Extract<WorkerReply, { type: "pack" | "done" }>) => Promise<void>;

/** Worker threads that read, hash and write packs, one pack at a time each. */
export class PackPool {
  readonly claims: Claims;
  readonly #progress: BigInt64Array<SharedArrayBuffer>;
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4));
  readonly #idle: Worker[] = [];
  readonly #workers = new Set<Worker>();
  readonly #running = new Map<Worker, Running>();
  readonly #waiting: (() => void)[] = [];
  #death: ColdstowError | undefined;

  constructor(workers: number, digests: number) {
    this.claims = Claims.forDigests(digests);
    this.#progress = new BigInt64Array(new SharedArrayBuffer(workers * 16));
    for (let index = 0; index < workers; index += 1) this.#start(index);
  }

  /** Bytes and files that the workers have read so far. */
  progress(): { readonly bytes: number; readonly files: number } {
    let bytes = 0;
    let files = 0;
    for (let at = 0; at < this.#progress.length; at += 2) {
      bytes += Number(Atomics.load(this.#progress, at));
      files += Number(Atomics.load(this.#progress, at + 1));
    }
    return { bytes, files };
  }

  /**
   * Waits for a free worker, runs the job there and resolves when its last reply was taken. After a
   * failure the worker is free only once it has stopped, so that no reply is taken for another job's.
   * @throws whatever the worker, `take` or `give` met first, such as {E_NO_SPACE}
   * @throws {E_INTERNAL} if a worker died
   */
  async run(job: PackJob, take: TakeReply, give: GiveOrder): Promise<void> {
    const worker = await this.#freeWorker();
    const taken: Promise<void>[] = [];
    const failures: unknown[] = [];
    const fail = (error: unknown): void => {
      failures.push(error);
    };
    const answer = async (bytes: number): Promise<PackOrder | "stop"> => {
      if (failures.length > 0) return "stop";
      return give(bytes).catch((error: unknown) => {
        fail(error);
        return "stop" as const;
      });
    };
    try {
      await new Promise<void>((resolve) => {
        this.#running.set(worker, {
          onDeath: (error) => {
            fail(error);
            resolve();
          },
          onReply: (reply) => {
            if (reply.type === "error") {
              const details = reply.subject === undefined ? {} : { subject: reply.subject };
              fail(new ColdstowError(reply.code, reply.message, details));
              resolve();
            } else if (reply.type === "need-order") {
              void answer(reply.bytes).then((order) => worker.postMessage(order));
            } else {
              if (failures.length === 0) taken.push(take(reply).catch(fail));
              if (job.type === "files" || reply.type === "done") resolve();
            }
          },
        });
        worker.postMessage(job);
      });
      await Promise.all(taken);
    } finally {
      this.#running.delete(worker);
      if (this.#workers.has(worker)) this.#idle.push(worker);
      this.#waiting.shift()?.();
    }
    if (failures.length > 0) throw failures[0];
  }

  async #freeWorker(): Promise<Worker> {
    for (;;) {
      if (this.#death !== undefined) throw this.#death;
      const worker = this.#idle.pop();
      if (worker !== undefined) return worker;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** Asks the workers to stop at their next file. */
  cancel(): void {
    Atomics.store(this.#cancelled, 0, 1);
  }

  async close(): Promise<void> {
    this.cancel();
    this.#death ??= new ColdstowError("E_CANCELLED", "The worker threads were stopped.");
    await Promise.all([...this.#workers].map(async (worker) => worker.terminate()));
  }

  #start(index: number): void {
    const worker = new Worker(workerUrl(import.meta.url, "./pack-worker"), {
      resourceLimits: { maxYoungGenerationSizeMb: youngMib },
      workerData: {
        claims: this.claims.slots,
        progress: this.#progress,
        index,
        cancelled: this.#cancelled,
      } satisfies PackWorkerData,
    });
    worker.on("message", (message: WorkerReply | FilesReply) => {
      const reply = message.type === "files" ? packReply(message) : message;
      this.#running.get(worker)?.onReply(reply);
    });
    worker.on("error", (error) => this.#died(worker, error));
    worker.on("exit", () => this.#died(worker, undefined));
    this.#workers.add(worker);
    this.#idle.push(worker);
  }

  /** A thread that ended by itself would never answer: whoever waits for one is told. */
  #died(worker: Worker, cause: unknown): void {
    if (!this.#workers.delete(worker)) return;
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    this.#death ??= new ColdstowError("E_INTERNAL", `A worker thread ended by itself${reason}`, {
      cause,
    });
    this.#running.get(worker)?.onDeath(this.#death);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

function packReply({ pack, members, linked, settlements, problems }: FilesReply): WorkerReply {
  return {
    type: "pack",
    pack: pack && { ...pack, members: membersOf(members) },
    settlements: settlementsOf(linked, settlements),
    problems,
  };
}
