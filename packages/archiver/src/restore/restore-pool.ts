import { Worker } from "node:worker_threads";
import { ColdstowError, type ErrorCode } from "@coldstow/contracts";
import { workerUrl } from "../files/worker-url.ts";
import type { RestoreJob, RestoreReply, RestoreWorkerData } from "./restore-job.ts";

type Answer =
  | RestoreReply
  | {
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly subject: string | undefined;
      };
    };

interface Running {
  readonly answer: (answer: Answer) => void;
  readonly reject: (error: ColdstowError) => void;
}

/** Worker threads that open packs and write files, one pack at a time each. */
export class RestorePool {
  readonly #progress = new BigInt64Array(new SharedArrayBuffer(16));
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4));
  readonly #workers = new Set<Worker>();
  readonly #running = new Map<Worker, Running>();
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  #death: ColdstowError | undefined;

  constructor(workers: number, data: Omit<RestoreWorkerData, "progress" | "cancelled">) {
    for (let index = 0; index < workers; index += 1) {
      const worker = new Worker(workerUrl(import.meta.url, "./restore-worker"), {
        workerData: {
          ...data,
          progress: this.#progress,
          cancelled: this.#cancelled,
        } satisfies RestoreWorkerData,
      });
      worker.on("message", (answer: Answer) => this.#running.get(worker)?.answer(answer));
      worker.on("error", (error) => this.#died(worker, error));
      worker.on("exit", () => this.#died(worker, undefined));
      this.#workers.add(worker);
      this.#idle.push(worker);
    }
  }

  progress(): { readonly bytes: number; readonly files: number } {
    return {
      bytes: Number(Atomics.load(this.#progress, 0)),
      files: Number(Atomics.load(this.#progress, 1)),
    };
  }

  /**
   * Waits for a free worker and runs the job there.
   * @throws {E_INTERNAL} if a worker died: it would never answer
   */
  async run(job: RestoreJob): Promise<RestoreReply> {
    const worker = await this.#freeWorker();
    try {
      return await new Promise<RestoreReply>((resolve, reject) => {
        this.#running.set(worker, {
          reject,
          answer: (answer) => {
            if (!("error" in answer)) {
              resolve(answer);
              return;
            }
            const { code, message, subject } = answer.error;
            reject(new ColdstowError(code, message, subject === undefined ? {} : { subject }));
          },
        });
        worker.postMessage(job);
      });
    } finally {
      this.#running.delete(worker);
      if (this.#workers.has(worker)) this.#idle.push(worker);
      this.#waiting.shift()?.();
    }
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

  #died(worker: Worker, cause: unknown): void {
    if (!this.#workers.delete(worker)) return;
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    this.#death ??= new ColdstowError("E_INTERNAL", `A worker thread ended by itself${reason}`, {
      cause,
    });
    this.#running.get(worker)?.reject(this.#death);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  cancel(): void {
    Atomics.store(this.#cancelled, 0, 1);
  }

  async close(): Promise<void> {
    this.cancel();
    this.#death ??= new ColdstowError("E_CANCELLED", "The worker threads were stopped.");
    // A thread that is ended while it loads native code takes the whole process with it: each ends itself.
    const ended = [...this.#workers].map(
      async (worker) => new Promise<void>((resolve) => worker.once("exit", () => resolve())),
    );
    for (const worker of this.#workers) worker.postMessage("end");
    await Promise.all(ended);
  }
}
