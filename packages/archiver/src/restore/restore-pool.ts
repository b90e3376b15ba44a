import { Worker } from "node:worker_threads";
import { ColdstowError, type ErrorCode } from "@coldstow/contracts";
import { WorkerThreads } from "../files/worker-threads.ts";
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
  readonly #threads: WorkerThreads<Answer>;

  constructor(workers: number, data: Omit<RestoreWorkerData, "progress" | "cancelled">) {
    this.#threads = new WorkerThreads({
      size: workers,
      endsItself: true,
      start: (_, cancelled) =>
        new Worker(workerUrl(import.meta.url, "./restore-worker"), {
          workerData: { ...data, progress: this.#progress, cancelled } satisfies RestoreWorkerData,
        }),
    });
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
    return this.#threads.run(
      async (worker, listen) =>
        new Promise<RestoreReply>((resolve, reject) => {
          listen({
            onDeath: reject,
            onMessage: (answer) => {
              if (!("error" in answer)) {
                resolve(answer);
                return;
              }
              const { code, message, subject } = answer.error;
              reject(new ColdstowError(code, message, subject === undefined ? {} : { subject }));
            },
          });
          worker.postMessage(job);
        }),
    );
  }

  cancel(): void {
    this.#threads.cancel();
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }
}
