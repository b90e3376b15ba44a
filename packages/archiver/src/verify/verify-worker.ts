import { parentPort, workerData } from "node:worker_threads";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import type { InspectionJob, InspectionReply, VerifyWorkerData } from "./inspection.ts";
import { inspectPack } from "./inspect-pack.ts";

const { keys, progress, index, cancelled } = workerData as VerifyWorkerData;
const port = parentPort ?? notInThread();

function notInThread(): never {
  throw new ColdstowError("E_INTERNAL", "The verify worker was not started as a thread.");
}

const hooks = {
  count: (bytes: number): void => {
    Atomics.add(progress, index, BigInt(bytes));
  },
  stopIfCancelled: (): void => {
    if (Atomics.load(cancelled, 0) === 0) return;
    throw new ColdstowError("E_CANCELLED", "Interrupted while a pack was verified.");
  },
};

async function replyTo(job: InspectionJob): Promise<InspectionReply> {
  try {
    return { type: "done", inspection: await inspectPack(job, keys, hooks) };
  } catch (error) {
    const { code, message, subject } = fromSystemError(error, "Verifying a pack");
    return { type: "error", code, message, subject };
  }
}

port.on("message", (job: InspectionJob | "end") => {
  if (job === "end") {
    port.close();
    return;
  }
  void replyTo(job).then((reply) => port.postMessage(reply));
});
