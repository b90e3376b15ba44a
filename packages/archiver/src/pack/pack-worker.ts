import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import type { Settlement } from "@coldstow/catalogue/journal";
import { ColdstowError, fromSystemError, isColdstowError } from "@coldstow/contracts";
import { Claims } from "./claims.ts";
import { FileColumnsWriter, transferOf } from "./file-columns.ts";
import { packFile } from "./pack-files.ts";
import type {
  FileProblem,
  FilesJob,
  FilesReply,
  PackJob,
  PackOrder,
  PackWorkerData,
  SlicesJob,
  WorkerReply,
} from "./pack-job.ts";
import { packSlices } from "./pack-slices.ts";
import { PackWriter } from "./pack-writer.ts";
import { hashRange } from "./read-content.ts";
import { SourceFile, SourceProblem, sourceProblem } from "./source-file.ts";

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
  const members = new FileColumnsWriter(job.files.length);
  const linked = new FileColumnsWriter(job.files.length);
  let settlements: Settlement[] = [];
  const problems: FileProblem[] = [];
  try {
    for (const file of job.files) {
      stopIfCancelled();
      const { member, settlement, problem } = packFile(writer, claims, job.root, file, count);
      if (member !== undefined) members.add(file.seq, member.sha256, member.stat, member);
      if (settlement?.state === "linked") {
        linked.add(file.seq, settlement.sha256, settlement.stat);
      } else if (settlement !== undefined) {
        settlements.push(settlement);
      }
      if (problem !== undefined) problems.push(problem);
      fileDone();
    }
  } catch (error) {
    writer.abandon();
    throw error;
  }
  let pack: FilesReply["pack"];
  if (members.count > 0) {
    pack = { ...writer.finish(), packId: order.packId };
  } else {
    writer.abandon();
    // Nothing of a torn member is kept either.
    settlements = settlements.map(({ seq }) => ({ seq, state: "failed" }));
  }
  const columns = { members: members.take(), linked: linked.take() };
  const message: FilesReply = { type: "files", pack, ...columns, settlements, problems };
  port.postMessage(message, [...transferOf(columns.members), ...transferOf(columns.linked)]);
}

async function packLargeFile(job: SlicesJob): Promise<void> {
  try {
    const known = job.file.hashFirst && !job.file.forced ? knownWhole(job) : undefined;
    if (known !== undefined) {
      fileDone();
      reply({ type: "done", sliced: undefined, ...known });
      return;
    }
    const sliced = await packSlices(job, {
      count,
      needOrder: async (bytes) => {
        stopIfCancelled();
        const answer = once(port, "message") as Promise<[PackOrder | "stop"]>;
        reply({ type: "need-order", bytes });
        const [order] = await answer;
        if (order === "stop") throw new ColdstowError("E_CANCELLED", "The pack was not wanted.");
        return order;
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

/** A large file's content that is known is not stored again: where it is, what is to be said of it. */
function knownWhole(
  job: SlicesJob,
): { readonly settlements: Settlement[]; readonly problems: FileProblem[] } | undefined {
  const source = SourceFile.open(job.root, job.file.path);
  try {
    const { sha256, bytes } = hashRange(source.file, 0, source.sizeBytes, stopIfCancelled);
    if (bytes !== source.sizeBytes || claims.claim(sha256)) return undefined;
    count(bytes);
    const stat = source.stat();
    const settlements: Settlement[] = [{ seq: job.file.seq, state: "linked", sha256, stat }];
    const problems: FileProblem[] = stat.unstable
      ? [problemOf(job, new SourceProblem("changed-while-read", changedMessage))]
      : [];
    return { settlements, problems };
  } catch (error) {
    if (isColdstowError(error)) throw error;
    throw sourceProblem(error);
  } finally {
    source.close();
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

port.on("message", (message: PackJob | PackOrder | "stop") => {
  // While a large file is stored, messages are orders that packSlices waits for itself.
  if (busy || message === "stop" || !("type" in message)) return;
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
