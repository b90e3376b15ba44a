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

/** Worker threads that open packs and write files, one pack at a time each. */
export class RestorePool {
  readonly #progress = new BigInt64Array(new SharedArrayBuffer(16));
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4));
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(workers: number, data: Omit<RestoreWorkerData, "progress" | "cancelled">) {
    for (let index = 0; index < workers; index += 1) {
      const worker = new Worker(workerUrl(import.meta.url, "./restore-worker"), {
        workerData: {
          ...data,
          progress: this.#progress,
          cancelled: this.#cancelled,
        } satisfies RestoreWorkerData,
      });
      this.#workers.push(worker);
      this.#idle.push(worker);
    }
  }

  progress(): { readonly bytes: number; readonly files: number } {
    return {
      bytes: Number(Atomics.load(this.#progress, 0)),
      files: Number(Atomics.load(this.#progress, 1)),
    };
  }

  /** Waits for a free worker and runs the job there. */
  async run(job: RestoreJob): Promise<RestoreReply> {
    while (this.#idle.length === 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    const worker = this.#idle.pop();
    if (worker === undefined) throw new RangeError("no worker is free");
    try {
      return await new Promise<RestoreReply>((resolve, reject) => {
        worker.once("message", (answer: Answer) => {
          worker.off("error", reject);
          if (!("error" in answer)) {
            resolve(answer);
            return;
          }
          const { code, message, subject } = answer.error;
          reject(new ColdstowError(code, message, subject === undefined ? {} : { subject }));
        });
        worker.once("error", reject);
        worker.postMessage(job);
      });
    } finally {
      this.#idle.push(worker);
      this.#waiting.shift()?.();
    }
  }

  cancel(): void {
    Atomics.store(this.#cancelled, 0, 1);
  }

  async close(): Promise<void> {
    this.cancel();
    await Promise.all(this.#workers.map(async (worker) => worker.terminate()));
  }
}
