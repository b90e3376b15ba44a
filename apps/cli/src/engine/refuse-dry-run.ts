import { ColdstowError } from "@coldstow/contracts";

/**
 * Refuses `--dry-run` where what would be done is only known by doing it.
 * @param hint why there is nothing to be afraid of
 * @throws {E_UNSUPPORTED}
 */
export function refuseDryRun(command: string, hint: string): never {
  const message = `${command} has no --dry-run. Nothing was done.`;
  throw new ColdstowError("E_UNSUPPORTED", message, { subject: "--dry-run", hint });
}
