import { Worker } from "node:worker_threads";
import { ColdstowError } from "@coldstow/contracts";
import { workerUrl } from "../files/worker-url.ts";
import type { Inspection, InspectionJob, InspectionReply, VerifyWorkerData } from "./inspection.ts";

interface Running {
  readonly resolve: (inspection: Inspection) => void;
  readonly reject: (error: unknown) => void;
}

/** Worker threads that read packs, one at a time each; started when the first pack comes. */
export class VerifyPool {
  readonly #size: number;
  readonly #keys: readonly string[];
  readonly #progress: BigInt64Array<SharedArrayBuffer>;
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4));
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #running = new Map<Worker, Running>();
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(size: number, keys: readonly string[]) {
    this.#size = size;
    this.#keys = keys;
    this.#progress = new BigInt64Array(new SharedArrayBuffer(size * 8));
  }

  /** Bytes that the workers have read so far. */
  bytes(): number {
    let bytes = 0;
    for (let at = 0; at < this.#size; at += 1) bytes += Number(Atomics.load(this.#progress, at));
    return bytes;
  }

  /** Reads a pack on a worker as soon as one is free. @throws what the reading met, {E_CANCELLED} */
  async run(job: InspectionJob): Promise<Inspection> {
    const worker = await this.#free();
    try {
      return await new Promise<Inspection>((resolve, reject) => {
        this.#running.set(worker, { resolve, reject });
        worker.postMessage(job);
      });
    } finally {
      this.#running.delete(worker);
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(worker);
      else next(worker);
    }
  }

  /** Asks the workers to stop at their next piece. */
  cancel(): void {
    Atomics.store(this.#cancelled, 0, 1);
  }

  async close(): Promise<void> {
    this.cancel();
    await Promise.all(this.#workers.map(async (worker) => worker.terminate()));
  }

  async #free(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#workers.length < this.#size) return this.#start();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #start(): Worker {
    const worker = new Worker(workerUrl(import.meta.url, "./verify-worker"), {
      workerData: {
        keys: this.#keys,
        progress: this.#progress,
        index: this.#workers.length,
        cancelled: this.#cancelled,
      } satisfies VerifyWorkerData,
    });
    worker.on("message", (reply: InspectionReply) => {
      const running = this.#running.get(worker);
      if (reply.type === "done") running?.resolve(reply.inspection);
      else running?.reject(new ColdstowError(reply.code, reply.message, subjectOf(reply)));
    });
    worker.on("error", (error) => {
      this.#running.get(worker)?.reject(error);
    });
    this.#workers.push(worker);
    return worker;
  }
}

function subjectOf(reply: { readonly subject: string | undefined }): { subject?: string } {
  return reply.subject === undefined ? {} : { subject: reply.subject };
}
