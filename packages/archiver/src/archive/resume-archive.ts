import { backUp } from "../run/back-up.ts";
import type { WorkOptions } from "./archive.ts";
import type { BackendAccess } from "./backend-access.ts";
import { missingCopies } from "./missing-copies.ts";
import { openArchive } from "./open-archive.ts";
import type { RunOutcome } from "./start-archive.ts";

export interface ResumeOptions extends WorkOptions {
  readonly path: string;
  readonly backends: BackendAccess;
  readonly bytesPerSecond?: number;
  /** See `BackUpOptions.paidReads`. */
  readonly paidReads?: boolean;
  /** See `BackUpOptions.allowEmpty`. */
  readonly allowEmpty?: boolean;
}

/**
 * Finishes what was cut and stores what is new or changed. Needs no passphrase.
 * @throws what `openArchive` and `backUp` throw
 */
export async function resumeArchive(options: ResumeOptions): Promise<RunOutcome> {
  const archive = await openArchive(options.path, { ...options, access: "store" });
  try {
    const result = await backUp(archive, { ...options, kind: "resume" });
    const { catalogue, unreachable } = archive;
    return { ...result, unreachable, missingCopies: await missingCopies(catalogue) };
  } finally {
    await archive.close();
  }
}
