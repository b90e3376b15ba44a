import { Flags } from "@oclif/core";
import { EngineCommand } from "../engine/engine-command.ts";
import { planDocument, planText } from "../engine/plan-text.ts";
import { runExitCode, runOutcomeDocument, runOutcomeText } from "../engine/run-outcome.ts";
import { archiveArgument } from "../flags.ts";

export default class Resume extends EngineCommand {
  static override summary = "Store what is new or changed, and finish what was cut.";
  static override description =
    "Looks through the directory, stores new and changed files at every destination, notes what is gone, and copies packs to destinations that lack them. It never asks for the passphrase. Files that could not be read are tried again by the next run; the command then ends with 3. A directory that is empty all at once is taken for a disk that is not mounted, unless --yes says otherwise.";
  static override examples = [
    "<%= config.bin %> resume photos.archive",
    "<%= config.bin %> resume photos.archive --dry-run",
    "<%= config.bin %> resume photos.archive --bwlimit 2M --progress lines",
  ];

  static override args = { archive: archiveArgument };

  static override flags = {
    "paid-reads": Flags.boolean({
      description: "repair a destination also from one where reading costs money",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume);
    const { planResume, resumeArchive } = await import("@coldstow/archiver");
    const path = args.archive;
    const engine = await this.engine(path);
    if (this.globals.dryRun) {
      const plan = await planResume({ ...engine, path });
      await this.answer(planDocument(path, plan), () => planText(plan));
      return;
    }
    const outcome = await resumeArchive({
      ...engine,
      path,
      allowEmpty: this.globals.yes,
      paidReads: flags["paid-reads"],
    });
    process.exitCode = runExitCode(outcome);
    await this.answer(runOutcomeDocument(path, outcome), () => runOutcomeText(path, outcome));
  }
}
