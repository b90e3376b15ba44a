import { Worker } from "node:worker_threads";
import { ColdstowError } from "@coldstow/contracts";
import { WorkerThreads } from "../files/worker-threads.ts";
import { workerUrl } from "../files/worker-url.ts";
import type { Inspection, InspectionJob, InspectionReply, VerifyWorkerData } from "./inspection.ts";

/** Worker threads that read packs, one at a time each. */
export class VerifyPool {
  readonly #progress: BigInt64Array<SharedArrayBuffer>;
  readonly #threads: WorkerThreads<InspectionReply>;

  constructor(size: number, keys: readonly string[]) {
    this.#progress = new BigInt64Array(new SharedArrayBuffer(size * 8));
    this.#threads = new WorkerThreads({
      size,
      endsItself: true,
      start: (index, cancelled) =>
        new Worker(workerUrl(import.meta.url, "./verify-worker"), {
          workerData: {
            keys,
            progress: this.#progress,
            index,
            cancelled,
          } satisfies VerifyWorkerData,
        }),
    });
  }

  /** Bytes that the workers have read so far. */
  bytes(): number {
    let bytes = 0;
    for (let at = 0; at < this.#progress.length; at += 1) {
      bytes += Number(Atomics.load(this.#progress, at));
    }
    return bytes;
  }

  /** Reads a pack on a worker as soon as one is free. @throws what the reading met, {E_CANCELLED} */
  async run(job: InspectionJob): Promise<Inspection> {
    return this.#threads.run(
      async (worker, listen) =>
        new Promise<Inspection>((resolve, reject) => {
          listen({
            onDeath: reject,
            onMessage: (reply) => {
              if (reply.type === "done") resolve(reply.inspection);
              else reject(new ColdstowError(reply.code, reply.message, subjectOf(reply)));
            },
          });
          worker.postMessage(job);
        }),
    );
  }

  /** Asks the workers to stop at their next piece. */
  cancel(): void {
    this.#threads.cancel();
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }
}

function subjectOf(reply: { readonly subject: string | undefined }): { subject?: string } {
  return reply.subject === undefined ? {} : { subject: reply.subject };
}
