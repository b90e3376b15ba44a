import { throwIfCancelled, type ProgressSink } from "@coldstow/contracts";
import { checkPack, type CopyCounts } from "./check-pack.ts";
import { CopyRecords } from "./copy-records.ts";
import { knownCopies, type KnownCopy } from "./known-copies.ts";
import { reaches, type CopyLevel } from "./verification.ts";
import type { VerifyContext } from "./verify-context.ts";

const tellEveryMs = 200;

export interface PacksCheck {
  readonly levelOf: (copy: KnownCopy) => CopyLevel;
  readonly workers: number;
  readonly progress: ProgressSink;
  readonly counts: CopyCounts;
}

/**
 * Looks at every copy that the catalogue knows at the destinations, several packs at once; what was
 * found is noted whatever ends it.
 * @throws {E_CANCELLED}
 */
export async function checkPacks(context: VerifyContext, check: PacksCheck): Promise<void> {
  const { driver, pool, signal } = context;
  const { counts, progress } = check;
  const ids = new Set(context.destinations.keys());
  progress({ type: "stage", stage: "verify", ...totals(context, check, ids) });
  const tell = (): void => {
    const doneBytes = pool.bytes();
    progress({ type: "advance", stage: "verify", doneBytes, doneItems: counts.copies });
  };
  const ticker = setInterval(tell, tellEveryMs);
  const records = new CopyRecords(driver);
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  try {
    for (const copies of knownCopies(driver, ids)) {
      throwIfCancelled(signal);
      // One pack more than there are workers, so that none of them waits for the next.
      while (running.size > check.workers) await Promise.race(running);
      if (failure !== undefined) break;
      const work = checkPack(context, copies, check.levelOf, records, counts)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(work));
      running.add(work);
    }
    await Promise.all(running);
    if (failure !== undefined) throw failure.error;
  } finally {
    await Promise.all(running);
    clearInterval(ticker);
    tell();
    records.flush();
  }
}

function totals(
  context: VerifyContext,
  check: PacksCheck,
  ids: ReadonlySet<number>,
): { readonly totalItems: number; readonly totalBytes: number } {
  let totalItems = 0;
  let totalBytes = 0;
  for (const copies of knownCopies(context.driver, ids)) {
    for (const copy of copies) {
      totalItems += 1;
      const free = context.destinations.get(copy.destination)?.backend.capabilities.freeRead;
      const isRead = free === true && reaches(check.levelOf(copy), "digest");
      if (isRead) totalBytes += copy.seen?.sizeBytes ?? 0;
    }
  }
  return { totalItems, totalBytes };
}
