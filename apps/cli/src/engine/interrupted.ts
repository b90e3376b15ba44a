import { ColdstowError, errorTable, isColdstowError } from "@coldstow/contracts";

/**
 * What `work` gives. Where a signal ended it, the error says how to go on with this command, because the
 * hint of the code is that of a run that stores.
 */
export async function untilInterrupted<T>(
  signal: AbortSignal,
  hint: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    const isKnown = isColdstowError(error) && error.code === "E_CANCELLED";
    if (isKnown && error.hint !== errorTable.E_CANCELLED.hint) throw error;
    const message = isKnown ? error.message : "it was interrupted";
    throw new ColdstowError("E_CANCELLED", message, { hint, cause: error });
  }
}
