import { ColdstowError, exitCodes } from "@coldstow/contracts";

const controller = new AbortController();

/** Aborted with `E_CANCELLED` by the first SIGINT or SIGTERM. */
export const interruption: AbortSignal = controller.signal;

function stop(): void {
  if (interruption.aborted) process.exit(exitCodes.interrupted);
  controller.abort(new ColdstowError("E_CANCELLED", "it was interrupted"));
}

/** The first signal asks the command to stop at a safe point; a second one ends the process at once. */
export function watchSignals(): void {
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
