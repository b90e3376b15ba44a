import { Config } from "@oclif/core/config";
import { run as runOclif } from "@oclif/core/run";
import { refuseUnknownCommand } from "./failure/unknown-command.ts";

/**
 * Finds the command that the arguments name, and runs it.
 * @throws {E_USAGE} naming the nearest command where there is none
 */
export async function run(argv: string[], root: string): Promise<void> {
  const config = await Config.load({ root });
  await refuseUnknownCommand(argv, config);
  await runOclif(argv, config);
}
