import { on } from "node:events";
import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { ColdstowError, fromSystemError } from "@coldstow/contracts";
import { workerUrl } from "../files/worker-url.ts";
import type { ScanRules } from "./scan-rules.ts";
import type { ScanBatch, ScanRequest } from "./scan-worker.ts";

/**
 * Scans a directory in a worker thread and yields what it holds in batches, parents before children.
 * The worker waits when the receiver falls behind, so memory stays flat.
 * @throws {E_NOT_FOUND} if the directory is not there or is no directory: an unmounted disk must not
 *   look like a tree whose files were all deleted
 */
export async function* scanTree(
  root: string,
  rules: ScanRules,
  signal?: AbortSignal,
): AsyncIterable<ScanBatch> {
  checkRoot(root);
  const waiting = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(workerUrl(import.meta.url, "./scan-worker"), {
    workerData: { root, rules, waiting } satisfies ScanRequest,
  });
  try {
    const messages = on(worker, "message", { close: ["exit"], ...(signal ? { signal } : {}) });
    for await (const [batch] of messages as AsyncIterable<[ScanBatch]>) {
      Atomics.sub(waiting, 0, 1);
      Atomics.notify(waiting, 0);
      yield batch;
      if (batch.done) return;
    }
    throw new ColdstowError("E_INTERNAL", "The scan ended before it was done.");
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new ColdstowError("E_CANCELLED", "Interrupted while the tree was scanned.", {
      cause: error,
    });
  } finally {
    await worker.terminate();
  }
}

function checkRoot(root: string): void {
  let isDirectory = false;
  try {
    isDirectory = statSync(root).isDirectory();
  } catch (error) {
    throw fromSystemError(error, "Looking at the directory to archive", root);
  }
  if (!isDirectory) {
    throw new ColdstowError("E_NOT_FOUND", `${root} is not a directory. Nothing was archived.`, {
      subject: root,
      hint: "Check [Archive] directory in the ini file, and that its disk is mounted.",
    });
  }
}
