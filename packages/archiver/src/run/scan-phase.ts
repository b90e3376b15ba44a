import type { PendingTotals, ScannedDirectory } from "@coldstow/catalogue/journal";
import { ColdstowError } from "@coldstow/contracts";
import { scanTree } from "../scan/scan-tree.ts";
import type { ScanRules } from "../scan/scan-rules.ts";
import type { RunContext } from "./run-context.ts";

/** As much of a run as its scan works with. */
export type ScanContext = Pick<
  RunContext,
  "allowEmpty" | "journal" | "progress" | "report" | "root" | "signal"
>;

/**
 * Scans the tree and queues in the journal what is new, changed or gone. O(entries).
 * @throws {E_NOT_FOUND} if the tree is empty and the archive knows files: a disk that is not mounted
 *   leaves an empty folder behind, and must not look like a tree whose files were all deleted
 */
export async function scanPhase(context: ScanContext, rules: ScanRules): Promise<PendingTotals> {
  const { journal, progress, report, root, signal } = context;
  progress({ type: "stage", stage: "scan" });
  let seen = 0;
  for await (const batch of scanTree(root, rules, signal)) {
    for (const problem of batch.problems) {
      report.item(problem.path, problem.outcome, problem.message);
    }
    if (!context.allowEmpty && batch.directories.some(isEmptyRoot) && journal.hasEntries()) {
      throw emptyTree(root);
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

function isEmptyRoot({ names, path, unknown }: ScannedDirectory): boolean {
  return path === "" && names.length === 0 && unknown.length === 0;
}

function emptyTree(root: string): ColdstowError {
  return new ColdstowError(
    "E_NOT_FOUND",
    `${root} is empty, and the archive knows files of it. Nothing was changed.`,
    {
      subject: root,
      hint: "Mount its disk. If everything was deleted on purpose, run the command again with --yes.",
    },
  );
}
