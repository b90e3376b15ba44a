import type { PendingTotals } from "@coldstow/catalogue/journal";
import { scanTree } from "../scan/scan-tree.ts";
import type { ScanRules } from "../scan/scan-rules.ts";
import type { RunContext } from "./run-context.ts";

/** Scans the tree and queues in the journal what is new, changed or gone. O(entries). */
export async function scanPhase(context: RunContext, rules: ScanRules): Promise<PendingTotals> {
  const { journal, progress, report, root, signal } = context;
  progress({ type: "stage", stage: "scan" });
  let seen = 0;
  for await (const batch of scanTree(root, rules, signal)) {
    for (const problem of batch.problems) {
      report.item(problem.path, problem.outcome, problem.message);
    }
    const counts = await journal.compare(batch.directories);
    for (const directory of batch.directories) seen += directory.names.length;
    report.figures.filesUnchanged = counts.unchangedFiles;
    report.figures.bytesUnchanged = counts.unchangedBytes;
    progress({ type: "advance", stage: "scan", doneBytes: 0, doneItems: seen });
  }
  const totals = await journal.finishScan();
  report.figures.entriesDeleted = totals.vanished;
  return totals;
}
