import { Worker } from "node:worker_threads";
import { ColdstowError } from "@coldstow/contracts";
import { WorkerThreads } from "../files/worker-threads.ts";
import { workerUrl } from "../files/worker-url.ts";
import { Claims } from "./claims.ts";
import { membersOf, settlementsOf } from "./file-columns.ts";
import type { FilesReply, PackJob, PackOrder, PackWorkerData, WorkerReply } from "./pack-job.ts";

/** Room for short-lived objects in each thread: more of it is only garbage that waits, in every thread. */
const youngMib = 8;

/** Called when a slices job needs another pack. */
export type GiveOrder = (bytes: number) => Promise<PackOrder>;
/** Called with each pack that a job finished; the worker goes on meanwhile. */
export type TakeReply = (reply: Extract<WorkerReply, { type: "pack" | "done" }>) => Promise<void>;

/** Worker threads that read, hash and write packs, one pack at a time each. */
export class PackPool {
  readonly claims: Claims;
  readonly #progress: BigInt64Array<SharedArrayBuffer>;
  readonly #threads: WorkerThreads<WorkerReply | FilesReply>;

  constructor(workers: number, digests: number) {
    this.claims = Claims.forDigests(digests);
    this.#progress = new BigInt64Array(new SharedArrayBuffer(workers * 16));
    this.#threads = new WorkerThreads({
      size: workers,
      start: (index, cancelled) =>
        new Worker(workerUrl(import.meta.url, "./pack-worker"), {
          resourceLimits: { maxYoungGenerationSizeMb: youngMib },
          workerData: {
            claims: this.claims.slots,
            progress: this.#progress,
            index,
            cancelled,
          } satisfies PackWorkerData,
        }),
    });
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
    await this.#threads.run(async (worker, listen) => {
      await new Promise<void>((resolve) => {
        listen({
          onDeath: (error) => {
            fail(error);
            resolve();
          },
          onMessage: (message) => {
            const reply = message.type === "files" ? packReply(message) : message;
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
    });
    if (failures.length > 0) throw failures[0];
  }

  /** Asks the workers to stop at their next file. */
  cancel(): void {
    this.#threads.cancel();
  }

  async close(): Promise<void> {
    await this.#threads.close();
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
