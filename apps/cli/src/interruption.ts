import { ColdstowError, exitCodes } from "@coldstow/contracts";

const controller = new AbortController();

/** Aborted with `E_CANCELLED` by the first SIGINT or SIGTERM. */
export const interruption: AbortSignal = controller.signal;

/** `timeout` and package runners pass one request on twice, within milliseconds. */
const sameRequestMs = 500;
let askedMs = 0;

function stop(): void {
  if (interruption.aborted) {
    if (performance.now() - askedMs < sameRequestMs) return;
    process.exit(exitCodes.interrupted);
  }
  askedMs = performance.now();
  controller.abort(new ColdstowError("E_CANCELLED", "it was interrupted"));
}

/** The first signal asks the command to stop at a safe point; a later one ends the process at once. */
export function watchSignals(): void {
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
