import { exitCodes } from "@coldstow/contracts";
import { BaseCommand } from "../base-command.ts";
import type { Check } from "../doctor/check.ts";

const marks: Readonly<Record<Check["state"], string>> = {
  ok: "ok  ",
  advice: "note",
  failed: "FAIL",
};

function render(checks: readonly Check[]): string {
  return checks
    .flatMap((check) => [
      `${marks[check.state]}  ${check.name}: ${check.found}`,
      ...(check.advice === undefined ? [] : [`      ${check.advice}`]),
    ])
    .join("\n");
}

export default class Doctor extends BaseCommand {
  static override summary = "Check that everything coldstow needs is there.";
  static override description =
    "Looks at Node, the temporary folder, the backends, and the stock tools by which an archive opens without coldstow. Changes nothing. Ends with 1 where something is missing that coldstow needs.";
  static override examples = ["<%= config.bin %> doctor"];

  async run(): Promise<void> {
    await this.parse(Doctor);
    const [system, tools, backends] = await Promise.all([
      import("../doctor/system-checks.ts"),
      import("../doctor/tool-checks.ts"),
      import("../doctor/backend-checks.ts"),
    ]);
    const checks = [
      await system.nodeCheck(),
      await system.temporaryFolderCheck(),
      ...(await backends.backendChecks(this.config)),
      ...(await tools.toolChecks()),
    ];
    const healthy = checks.every((check) => check.state !== "failed");
    await this.answer({ healthy, checks }, () => render(checks));
    if (!healthy) process.exitCode = exitCodes.failed;
  }
}
