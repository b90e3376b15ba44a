import { Worker } from "node:worker_threads";
import { ColdstowError } from "@coldstow/contracts";
import { workerUrl } from "../files/worker-url.ts";
import { Claims } from "./claims.ts";
import type { PackJob, PackOrder, PackWorkerData, WorkerReply } from "./pack-job.ts";

interface Running {
  readonly onReply: (reply: WorkerReply) => void;
  readonly onFailure: (error: unknown) => void;
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
  readonly #workers: Worker[] = [];
  readonly #running = new Map<Worker, Running>();
  readonly #waiting: (() => void)[] = [];

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
   * Waits for a free worker, runs the job there and resolves when its last reply was taken.
   * @throws whatever the worker met that ends the run, such as {E_NO_SPACE}
   */
  async run(job: PackJob, take: TakeReply, give: GiveOrder): Promise<void> {
    const worker = await this.#freeWorker();
    const taken: Promise<void>[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        this.#running.set(worker, {
          onFailure: reject,
          onReply: (reply) => {
            if (reply.type === "error") {
              const details = reply.subject === undefined ? {} : { subject: reply.subject };
              reject(new ColdstowError(reply.code, reply.message, details));
            } else if (reply.type === "need-order") {
              give(reply.bytes).then((order) => worker.postMessage(order), reject);
            } else {
              const done = take(reply);
              done.catch(reject);
              taken.push(done);
              if (job.type === "files" || reply.type === "done") resolve();
            }
          },
        });
        worker.postMessage(job);
      });
    } finally {
      this.#running.delete(worker);
      this.#idle.push(worker);
      this.#waiting.shift()?.();
    }
    await Promise.all(taken);
  }

  async #freeWorker(): Promise<Worker> {
    for (;;) {
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
    await Promise.all(this.#workers.map(async (worker) => worker.terminate()));
  }

  #start(index: number): void {
    const worker = new Worker(workerUrl(import.meta.url, "./pack-worker"), {
      workerData: {
        claims: this.claims.slots,
        progress: this.#progress,
        index,
        cancelled: this.#cancelled,
      } satisfies PackWorkerData,
    });
    worker.on("message", (reply: WorkerReply) => {
      this.#running.get(worker)?.onReply(reply);
    });
    worker.on("error", (error) => {
      this.#running.get(worker)?.onFailure(error);
    });
    this.#workers.push(worker);
    this.#idle.push(worker);
  }
}
