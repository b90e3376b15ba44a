import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import type { PackedMember, Settlement } from "@coldstow/catalogue/journal";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import { Claims } from "./claims.ts";
import { packFile, type FileOutcome } from "./pack-files.ts";
import type {
  FileProblem,
  FilesJob,
  PackJob,
  PackOrder,
  PackWorkerData,
  SlicesJob,
  WorkerReply,
} from "./pack-job.ts";
import { packSlices } from "./pack-slices.ts";
import { PackWriter } from "./pack-writer.ts";
import { SourceProblem } from "./source-file.ts";

const { claims: slots, progress, index, cancelled } = workerData as PackWorkerData;
const claims = Claims.sharing(slots);
const port = parentPort ?? notInThread();

function notInThread(): never {
  throw new ColdstowError("E_INTERNAL", "The pack worker was not started as a thread.");
}

function count(bytes: number): void {
  Atomics.add(progress, index * 2, BigInt(bytes));
}

function fileDone(): void {
  Atomics.add(progress, index * 2 + 1, 1n);
}

function stopIfCancelled(): void {
  if (Atomics.load(cancelled, 0) !== 0) {
    throw new ColdstowError("E_CANCELLED", "Interrupted while a pack was written.");
  }
}

function reply(message: WorkerReply): void {
  port.postMessage(message);
}

function packFiles(job: FilesJob): void {
  const { order } = job;
  const writer = new PackWriter(order.target, order, new Date());
  const members: PackedMember[] = [];
  const settlements: Settlement[] = [];
  const problems: FileProblem[] = [];
  try {
    for (const file of job.files) {
      stopIfCancelled();
      const outcome: FileOutcome = packFile(writer, claims, job.root, file, count);
      if (outcome.member !== undefined) members.push(outcome.member);
      if (outcome.settlement !== undefined) settlements.push(outcome.settlement);
      if (outcome.problem !== undefined) problems.push(outcome.problem);
      fileDone();
    }
  } catch (error) {
    writer.abandon();
    throw error;
  }
  if (members.length === 0) {
    writer.abandon();
    reply({ type: "pack", pack: undefined, settlements, problems });
    return;
  }
  const pack = { ...writer.finish(), packId: order.packId, members };
  reply({ type: "pack", pack, settlements, problems });
}

async function packLargeFile(job: SlicesJob): Promise<void> {
  try {
    const sliced = await packSlices(job, {
      count,
      needOrder: async (bytes) => {
        stopIfCancelled();
        const order = once(port, "message") as Promise<[PackOrder]>;
        reply({ type: "need-order", bytes });
        return (await order)[0];
      },
      packDone: (pack) => reply({ type: "pack", pack, settlements: [], problems: [] }),
    });
    fileDone();
    const problems: FileProblem[] = sliced.stat.unstable
      ? [problemOf(job, new SourceProblem("changed-while-read", changedMessage))]
      : [];
    reply({ type: "done", sliced, settlements: [], problems });
  } catch (error) {
    if (!(error instanceof SourceProblem)) throw error;
    const settlements: Settlement[] = [{ seq: job.file.seq, state: "failed" }];
    reply({ type: "done", sliced: undefined, settlements, problems: [problemOf(job, error)] });
  }
}

const changedMessage =
  "It changed while it was read: it is stored as it was read, and read again next time.";

function problemOf(job: SlicesJob, problem: SourceProblem): FileProblem {
  const { seq, path } = job.file;
  return { seq, path, outcome: problem.outcome, message: problem.message };
}

async function work(job: PackJob): Promise<void> {
  if (job.type === "files") packFiles(job);
  else await packLargeFile(job);
}

let busy = false;

port.on("message", (message: PackJob | PackOrder) => {
  // While a large file is stored, messages are orders that packSlices waits for itself.
  if (busy || !("type" in message)) return;
  busy = true;
  work(message)
    .catch((error: unknown) => {
      const { code, message: text, subject } = fromSystemError(error, "Packing");
      reply({ type: "error", code, message: text, subject });
    })
    .finally(() => {
      busy = false;
    });
});
